"""The order in which everything that depends on the latent model is made anew, and what is left out."""

import json
from pathlib import Path

import pytest

from scripts.renew_all import Step, main, renew, steps

NEW, OLD = "a" * 64, "b" * 64


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "data" / "vae", {"files": {"weights.safetensors": NEW}})
    write(tmp_path / "data" / "reference", {"latent_fingerprint": OLD})
    for name in ("qed", "logp"):
        write(tmp_path / "data" / "surrogates" / name, {"surrogates": [{"latent_fingerprint": OLD}]})
    return tmp_path


def write(folder: Path, manifest: dict) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def renewed(root: Path, again: str | None = None, checkpoint: Path | None = None, failing: str = "") -> list[str]:
    ran: list[str] = []

    def runner(step: Step) -> bool:
        ran.append(step.name)
        return step.name != failing

    code = renew(steps(checkpoint, Path("corpus"), Path("tables"), root), again, root, runner)
    assert code == (1 if failing else 0)
    return ran


ALL = ["reference", "surrogates", "examples", "benchmark", "neighbourhood", "price"]


def test_everything_is_made_in_order_for_new_weights(root: Path) -> None:
    assert renewed(root) == ALL
    assert renewed(root, checkpoint=Path("final.safetensors")) == ["model", *ALL]


def test_what_belongs_to_the_present_weights_is_left_out(root: Path) -> None:
    (root / "data" / "reference" / "manifest.json").write_text(json.dumps({"latent_fingerprint": NEW}))
    assert renewed(root) == ALL[1:]
    (root / "data" / "surrogates" / "qed" / "manifest.json").write_text(json.dumps({"latent_fingerprint": NEW}))
    assert "surrogates" in renewed(root)  # logp is still of the old weights
    (root / "data" / "surrogates" / "logp" / "manifest.json").write_text(json.dumps({"latent_fingerprint": NEW}))
    assert renewed(root) == ALL[2:]
    assert renewed(root, again="reference") == ALL


def test_a_failure_stops_what_needs_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert renewed(root, failing="surrogates") == ["reference", "surrogates"]
    assert "surrogates failed" in capsys.readouterr().err


def test_the_list_names_scripts_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--checkpoint", "x.safetensors", "--corpus", "c", "--data", "d", "--list"]) == 0
    scripts = [line.split()[2] for line in capsys.readouterr().out.splitlines()]
    assert len(scripts) == 7
    assert all((Path(__file__).parents[2] / script).is_file() for script in scripts)
    with pytest.raises(SystemExit):
        main(["--corpus", "c", "--data", "d", "--again", "nothing"])
