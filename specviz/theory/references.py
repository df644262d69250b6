"""The one numbered list of papers: `[n]` anywhere in specviz means `REFERENCES[n]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A paper: short key, authors, title, venue or arXiv id, year."""

    key: str
    authors: str
    title: str
    venue: str
    year: int

    @property
    def url(self) -> str | None:
        """Address of the arXiv abstract or of the software, or None for a paper that is not on arXiv."""
        _, on_github, place = self.venue.partition("github.com/")
        if on_github:
            return f"https://github.com/{place}"
        _, _, number = self.venue.partition("arXiv:")
        return f"https://arxiv.org/abs/{number.split()[0]}" if number else None


_PAPERS: tuple[tuple[str, str, str, str, int], ...] = (
    ("speed-of-light", "Pankratov and Alistarh",
     "Speculative Decoding Speed-of-Light: Optimal Lower Bounds via Branching Random Walks",
     "EACL, arXiv:2512.11718", 2026),
    ("exponential-races", "Kobus and Gündüz", "Speculative Sampling via Exponential Races",
     "Findings of ACL, arXiv:2504.15475", 2025),
    ("optimal-multi-draft", "Hu et al.", "Towards Optimal Multi-draft Speculative Decoding",
     "ICLR, arXiv:2502.18779", 2025),
    ("theoretical-perspective", "Yin et al.", "A Theoretical Perspective for Speculative Decoding Algorithm",
     "NeurIPS, arXiv:2411.00841", 2024),
    ("leviathan", "Leviathan, Kalman and Matias", "Fast Inference from Transformers via Speculative Decoding",
     "ICML, arXiv:2211.17192", 2023),
    ("chen", "Chen et al.", "Accelerating Large Language Model Decoding with Speculative Sampling",
     "arXiv:2302.01318", 2023),
    ("spectr", "Sun et al.", "SpecTr: Fast Speculative Decoding via Optimal Transport",
     "NeurIPS, arXiv:2310.15141", 2023),
    ("specinfer", "Miao et al.",
     "SpecInfer: Accelerating Large Language Model Serving with Tree-based Speculative Inference and Verification",
     "ASPLOS, arXiv:2305.09781", 2024),
    ("sequoia", "Chen et al.", "Sequoia: Scalable, Robust, and Hardware-aware Speculative Decoding",
     "NeurIPS, arXiv:2402.12374", 2024),
    ("opt-tree", "Wang et al.", "OPT-Tree: Speculative Decoding with Adaptive Draft Tree Structure",
     "TACL, arXiv:2406.17276", 2025),
    ("eagle-2", "Li et al.", "EAGLE-2: Faster Inference of Language Models with Dynamic Draft Trees",
     "EMNLP, arXiv:2406.16858", 2024),
    ("drafter-invariant", "Daliri, Musco and Suresh",
     "Coupling without Communication and Drafter-Invariant Speculative Decoding", "arXiv:2408.07978", 2024),
    ("functional-representation", "Li and El Gamal",
     "Strong Functional Representation Lemma and Applications to Coding Theorems",
     "IEEE Trans. Information Theory, arXiv:1701.02827", 2018),
    ("list-coupling", "Rowan, Phan and Khisti",
     "List-Level Distribution Coupling with Applications to Speculative Decoding and Lossy Compression",
     "NeurIPS, arXiv:2506.05632", 2025),
    ("block-verification", "Sun et al.", "Block Verification Accelerates Speculative Decoding",
     "ICLR, arXiv:2403.10444", 2025),
    ("tunstall", "Tunstall", "Synthesis of Noiseless Compression Codes",
     "PhD thesis, Georgia Institute of Technology", 1967),
    ("recursive-rejection", "Jeon et al.",
     "Recursive Speculative Decoding: Accelerating LLM Inference via Sampling Without Replacement",
     "arXiv:2402.14160", 2024),
    ("spechub", "Sun, Zhou, Chen and Sun", "SpecHub: Provable Acceleration to Multi-Draft Speculative Decoding",
     "EMNLP, arXiv:2411.05289", 2024),
    ("poisson-matching", "Li and Anantharam",
     "A Unified Framework for One-shot Achievability via the Poisson Matching Lemma",
     "IEEE Trans. Information Theory, arXiv:1812.03616", 2021),
    ("overshoot", "Lorden", "On Excess over the Boundary", "Annals of Mathematical Statistics 41(2)", 1970),
    ("tunstall-walks", "Drmota, Reznik and Szpankowski",
     "Tunstall Code, Khodak Variations, and Random Walks", "IEEE Trans. Information Theory 56(6)", 2010),
    ("splitmix", "Steele, Lea and Flood", "Fast Splittable Pseudorandom Number Generators", "OOPSLA", 2014),
    ("bootstrap", "Efron", "Bootstrap Methods: Another Look at the Jackknife", "Annals of Statistics 7(1)", 1979),
    ("wilson", "Wilson", "Probable Inference, the Law of Succession, and Statistical Inference",
     "Journal of the American Statistical Association 22(158)", 1927),
    ("traversal", "Weng et al.", "Traversal Verification for Speculative Tree Decoding",
     "NeurIPS, arXiv:2505.12398", 2025),
    ("global-resolution", "Thomas and Pal",
     "Global Resolution: Optimal Multi-Draft Speculative Sampling via Convex Minimization",
     "ICLR, arXiv:2511.15898", 2026),
    ("canonical", "Khisti et al.",
     "Multi-Draft Speculative Sampling: Canonical Decomposition and Theoretical Limits",
     "ICLR, arXiv:2410.18234", 2025),
    ("prompt-lookup", "Saxena", "Prompt Lookup Decoding",
     "software, github.com/apoorvumang/prompt-lookup-decoding", 2023),
    ("self-speculative", "Zhang et al.",
     "Draft & Verify: Lossless Large Language Model Acceleration via Self-Speculative Decoding",
     "ACL, arXiv:2309.08168", 2024),
    ("graph-drafting", "Gong et al.", "Graph-Structured Speculative Decoding",
     "Findings of ACL, arXiv:2407.16207", 2024),
    ("triforce", "Sun et al.",
     "TriForce: Lossless Acceleration of Long Sequence Generation with Hierarchical Speculative Decoding",
     "COLM, arXiv:2404.11912", 2024),
    ("eagle", "Li et al.", "EAGLE: Speculative Sampling Requires Rethinking Feature Uncertainty",
     "ICML, arXiv:2401.15077", 2024),
    ("miller-madow", "Miller", "Note on the Bias of Information Estimates",
     "Information Theory in Psychology: Problems and Methods", 1955),
)  # fmt: skip

REFERENCES: dict[int, Reference] = {number: Reference(*paper) for number, paper in enumerate(_PAPERS, start=1)}
