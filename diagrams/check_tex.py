"""Compile every TikZ picture of the atlas with pdflatex; without pdflatex, say that this is skipped.

Run ``python diagrams/check_tex.py``; exit status 1 if a picture does not compile.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ATLAS = Path(__file__).parent
PREAMBLE = (
    "\\documentclass{article}\\usepackage{tikz}\\pagestyle{empty}"
    "\\hoffset=-0.9in\\voffset=-0.9in\\textwidth=20in\\textheight=20in\\pdfpagewidth=22in\\pdfpageheight=22in"
    "\\begin{document}\n"
)


def compiles(pictures: list[Path], folder: Path) -> bool:
    """Whether a document that takes in these pictures compiles."""
    body = "\n\\newpage\n".join(f"\\input{{{picture.resolve().as_posix()}}}" for picture in pictures)
    (folder / "all.tex").write_text(f"{PREAMBLE}{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        print(done.stdout.decode(errors="replace")[-1500:])
    return done.returncode == 0


def main() -> int:
    """Compile folder by folder."""
    if shutil.which("pdflatex") is None:
        print("check-tex: SKIPPED, pdflatex is not installed (Debian: texlive-latex-base texlive-pictures)")
        return 0
    folders = sorted({picture.parent for picture in ATLAS.rglob("*.tex")})
    with tempfile.TemporaryDirectory() as place:
        for folder in folders:
            pictures = sorted(folder.glob("*.tex"))
            if not compiles(pictures, Path(place)):
                print(f"check-tex: FAILED in {folder}")
                return 1
            print(f"check-tex: {len(pictures)} pictures of {folder.name} compile")
    return 0 if folders else 1


if __name__ == "__main__":
    sys.exit(main())
