"""The papers behind the methods, as BibTeX."""

from __future__ import annotations

from feyn_nn._core import InvalidInput, nearest

_ENTRIES = {
    "metric process": """@article{Hanin2022correlation,
  title = {Correlation Functions in Random Fully Connected Neural Networks at Finite Width},
  author = {Hanin, Boris}, year = {2022}, eprint = {2204.01058}, archivePrefix = {arXiv}
}""",
    "perturbation theory": """@book{RobertsYaidaHanin2022,
  title = {The Principles of Deep Learning Theory},
  author = {Roberts, Daniel A. and Yaida, Sho and Hanin, Boris}, publisher = {Cambridge University Press},
  year = {2022}, eprint = {2106.10165}, archivePrefix = {arXiv}
}""",
    "diagrams": """@article{Banta2024structures,
  title = {Structures of Neural Network Effective Theories},
  author = {Banta, Ian and Cai, Tianji and Craig, Nathaniel and Zhang, Zhengkang}, year = {2024},
  eprint = {2305.02334}, archivePrefix = {arXiv}
}""",
    "response field": """@article{Segadlo2022unified,
  title = {Unified field theoretical approach to deep and recurrent neuronal networks},
  author = {Segadlo, Kai and Epping, Bastian and van Meegen, Alexander and Dahmen, David and
            Kr{\\"a}mer, Michael and Helias, Moritz},
  year = {2022}, eprint = {2112.05589}, archivePrefix = {arXiv}
}""",
    "attention": """@article{AgeevAgeeva2026attention,
  author = {Ageev, Dmitry S. and Ageeva, Yulia A.}, year = {2026}, eprint = {2602.10209}, archivePrefix = {arXiv}
}""",
    "random features": """@inproceedings{RahimiRecht2007random,
  title = {Random Features for Large-Scale Kernel Machines},
  author = {Rahimi, Ali and Recht, Benjamin}, booktitle = {Advances in Neural Information Processing Systems},
  volume = {20}, year = {2007}
}""",
}


def citation(topic: str | None = None) -> str:
    """BibTeX of the papers that the methods come from.

    Parameters
    ----------
    topic : str, optional
        ``"attention"``, ``"diagrams"``, ``"metric process"``, ``"perturbation theory"``, ``"random features"`` or
        ``"response field"``; all by default.

    Raises
    ------
    InvalidInput
        If the topic is unknown.

    Examples
    --------
    >>> print(citation("diagrams").splitlines()[0])
    @article{Banta2024structures,
    """
    if topic is None:
        return "\n\n".join(_ENTRIES.values())
    if topic not in _ENTRIES:
        raise InvalidInput(f"topic={topic!r} is not known; {nearest(topic, _ENTRIES)}")
    return _ENTRIES[topic]
