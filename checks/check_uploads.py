"""Uploaded files: none is missing, none has changed, and they are served."""

from fixtures import uploads
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance


def check_no_uploaded_file_is_missing(instance: Instance, baseline: Baseline) -> None:
    """Every file that was there before is there, byte for byte."""
    held = instance.media_tree()
    wrong = sorted(path for path, digest in baseline.media.items() if held.get(path) != digest)
    assert wrong == [], finding(
        "Files that people uploaded are missing or have changed.",
        measured=f"{len(wrong)} of {len(baseline.media)} files are missing or changed",
        expected="all of them, byte for byte",
        sample=wrong,
        look="the volume of the uploaded files, and which volume the release mounts",
    )


def check_uploaded_files_are_served(instance: Instance, baseline: Baseline) -> None:
    """A sample of the files, spread over all of them, is served byte for byte."""
    files = uploads.sample(baseline.media)
    wrong = uploads.wrongly_served(instance, files)
    assert wrong == [], finding(
        "Files that people uploaded are not shown.",
        measured=f"{len(wrong)} of a sample of {len(files)} files are not served as they are",
        expected="each of them, byte for byte",
        sample=wrong,
        look="media.url in the settings, and what serves it in the release",
    )


def check_uploads_can_be_written(instance: Instance) -> None:
    """The application's own user may write where uploads go: looked at from inside the container."""
    media = instance.target.media
    may_write = media is None or instance.inside(media.service).run("test -w %s", media.path).rc == 0
    assert may_write, finding(
        "Nobody can upload files.",
        measured=f"the application's user may not write {media.path if media else ''}",
        expected="it may",
        look="owner and mode of that directory in the volume, and the user of the release's image",
    )
