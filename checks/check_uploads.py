"""Uploaded files: none is missing, none has changed, and they are served."""

from fixtures import uploads
from fixtures.baseline import Baseline
from fixtures.instance import Instance


def check_no_uploaded_file_is_missing(instance: Instance, baseline: Baseline) -> None:
    """Every file that was there before is there, byte for byte."""
    held = instance.media_tree()
    wrong = sorted(path for path, digest in baseline.media.items() if held.get(path) != digest)
    assert wrong == [], f"{len(wrong)} of {len(baseline.media)} files are missing or changed"


def check_uploaded_files_are_served(instance: Instance, baseline: Baseline) -> None:
    """A sample of the files, spread over all of them, is served byte for byte."""
    assert uploads.wrongly_served(instance, uploads.sample(baseline.media)) == []


def check_uploads_can_be_written(instance: Instance) -> None:
    """The application's own user may write where uploads go: looked at from inside the container."""
    media = instance.target.media
    assert media is None or instance.inside(media.service).run("test -w %s", media.path).rc == 0
