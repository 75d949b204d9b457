"""The mean of clustered scores: cluster-robust standard errors, their degrees of freedom, and a design effect for Tango.

Estimand: the mean over examples. Assumption: clusters are independent, examples within one may depend on each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tuneproof.stats.arrays import FloatArray, IntArray, Interval
from tuneproof.stats.distributions import t_quantile, t_tail
from tuneproof.stats.paired import tango_limits, tango_z

_NO_ERROR = 1e-12
"""A standard error at or below this is 0: cluster sums that cancel do so only up to rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFit:
    """The mean and its standard errors. e_g = Σ(value − mean) over cluster g, h_g = n_g/N its share."""

    mean: float
    """Mean over examples."""

    n: int
    """Examples, N."""

    n_clusters: int
    """Clusters, G ≥ 2."""

    cr1: float
    """√(G/(G − 1)·Σe²)/N: for the design effect."""

    cr2: float
    """√Σ(e²/(1 − h))/N: unbiased where clusters are exchangeable."""

    cr3: float
    """√((G − 1)/G·Σ(e/(1 − h))²)/N: the delete-one-cluster jackknife centred at the mean; this one decides."""

    df: float
    """Bell–McCaffrey degrees of freedom, between about 1 and G − 1."""

    @property
    def cr0(self) -> float:
        """√Σe²/N: too small with few clusters; for reference only."""
        return self.cr1 * math.sqrt((self.n_clusters - 1) / self.n_clusters)


def fit_clusters(values: FloatArray, clusters: IntArray) -> ClusterFit:
    """Mean and cluster-robust standard errors of values: float64[examples] in clusters: int64[examples], at least two.

    Source:
        Bell & McCaffrey 2002, Survey Methodology 28:169 (CR2, CR3, degrees of freedom). With equal sizes CR1 = CR2 = CR3 and
        df = G − 1. CR3 here carries (G − 1)/G, as in MacKinnon, Nielsen & Webb; clubSandwich leaves it out.
    """
    labels, index = np.unique(clusters, return_inverse=True)
    n, count = values.size, labels.size
    mean = float(np.mean(values))
    sizes = np.bincount(index).astype(np.float64)
    sums = np.bincount(index, weights=values - mean)
    rest = 1.0 - sizes / n
    errors = (
        math.sqrt(count / (count - 1) * float(np.sum(sums**2))) / n,
        math.sqrt(float(np.sum(sums**2 / rest))) / n,
        math.sqrt((count - 1) / count * float(np.sum((sums / rest) ** 2))) / n,
    )
    cr1, cr2, cr3 = (0.0 if error <= _NO_ERROR else error for error in errors)
    return ClusterFit(
        mean=mean,
        n=n,
        n_clusters=count,
        cr1=cr1,
        cr2=cr2,
        cr3=cr3,
        df=bell_mccaffrey_df(sizes),
    )


def bell_mccaffrey_df(sizes: FloatArray) -> float:
    """Degrees of freedom of CR2 for a mean, sizes: float64[clusters], at least two; used for CR3 too.

    (tr M)²/tr M² with M_gh = 1{g = h}·w_g²·n_g − w_g·n_g·w_h·n_h/N and w_g = 1/(N√(1 − h_g)); M is a diagonal less a rank-one
    matrix, so both traces are sums.
    """
    n = float(np.sum(sizes))
    weights = 1.0 / (n * np.sqrt(1.0 - sizes / n))
    diagonal = weights**2 * sizes
    rank_one = (weights * sizes) ** 2 / n
    trace = float(np.sum(diagonal) - np.sum(rank_one))
    trace_of_square = float(np.sum(diagonal**2) - 2.0 * np.sum(diagonal * rank_one) + np.sum(rank_one) ** 2)
    return trace * trace / trace_of_square


def effective_clusters(clusters: IntArray) -> float:
    """N²/Σn_g²: how many equal clusters would be worth these, for clusters: int64[examples]."""
    sizes = np.unique(clusters, return_counts=True)[1].astype(np.float64)
    return float(np.sum(sizes) ** 2 / np.sum(sizes**2))


def cr3_p_above(fit: ClusterFit, threshold: float) -> float:
    """p-value of "mean ≤ threshold" by CR3; 1 where CR3 = 0, which is a sample too regular to tell."""
    return 1.0 if fit.cr3 == 0.0 else t_tail((fit.mean - threshold) / fit.cr3, fit.df)


def cr3_p_below(fit: ClusterFit, threshold: float) -> float:
    """p-value of "mean ≥ threshold" by CR3; 1 where CR3 = 0."""
    return 1.0 if fit.cr3 == 0.0 else t_tail((threshold - fit.mean) / fit.cr3, fit.df)


def cr3_limits(fit: ClusterFit, alpha: float) -> Interval:
    """Interval at 1 − 2·alpha by CR3; everything where CR3 = 0."""
    if fit.cr3 == 0.0:
        return -math.inf, math.inf
    reach = t_quantile(1.0 - alpha, fit.df) * fit.cr3
    return fit.mean - reach, fit.mean + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignTango:
    """Tango's statistic with its variance widened by the design effect, read on t(G − 1).

    CR3 alone errs where few pairs disagree (skewed sums), Tango alone where clusters matter; both together hold 5 % within
    .026–.085 over the simulated designs.
    """

    b: int
    """Pairs that only the candidate has right."""

    c: int
    """Pairs that only the baseline has right."""

    n: int
    """All pairs."""

    deff: float
    """Variance with clusters over variance without, at least 1."""

    df: int
    """G − 1."""

    @classmethod
    def of(cls, differences: FloatArray, fit: ClusterFit) -> DesignTango:
        """Of differences: float64[examples], each −1, 0 or 1."""
        b, c = int(np.sum(differences > 0.5)), int(np.sum(differences < -0.5))
        plain = ((b + c) / fit.n - fit.mean**2) / fit.n
        deff = max(1.0, fit.cr1**2 / plain) if plain > _NO_ERROR**2 else 1.0
        return cls(b=b, c=c, n=fit.n, deff=deff, df=fit.n_clusters - 1)

    def p_above(self, threshold: float) -> float:
        """p-value of "difference ≤ threshold"."""
        return t_tail(tango_z(self.b, self.c, self.n, threshold) / math.sqrt(self.deff), self.df)

    def p_below(self, threshold: float) -> float:
        """p-value of "difference ≥ threshold"."""
        return t_tail(tango_z(self.c, self.b, self.n, -threshold) / math.sqrt(self.deff), self.df)

    def limits(self, alpha: float) -> Interval:
        """Interval at 1 − 2·alpha."""
        return tango_limits(self.b, self.c, self.n, t_quantile(1.0 - alpha, self.df) * math.sqrt(self.deff))
