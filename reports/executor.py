"""The CI job that a report is made by."""

from __future__ import annotations

from collections.abc import Mapping


def of(environment: Mapping[str, str]) -> dict[str, str]:
    """Given the environment of a CI job, return who ran it as Allure reads it; empty where no CI is known."""
    given = environment.get
    if given("GITHUB_ACTIONS"):
        job = f"{given('GITHUB_SERVER_URL')}/{given('GITHUB_REPOSITORY')}/actions/runs/{given('GITHUB_RUN_ID')}"
        named = ("GitHub Actions", "github", given("GITHUB_RUN_NUMBER", ""), given("GITHUB_WORKFLOW", ""), job)
    elif given("GITLAB_CI"):
        named = ("GitLab CI", "gitlab", given("CI_PIPELINE_IID", ""), given("CI_JOB_NAME", ""), given("CI_JOB_URL", ""))
    elif given("JENKINS_URL"):
        named = ("Jenkins", "jenkins", given("BUILD_NUMBER", ""), given("JOB_NAME", ""), given("BUILD_URL", ""))
    else:
        return {}
    name, kind, number, what, url = named
    return {"name": name, "type": kind, "buildOrder": number, "buildName": f"{what} #{number}", "buildUrl": url}
