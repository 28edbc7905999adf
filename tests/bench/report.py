"""What was measured beside what was wished for: one table, one plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEADINGS = ("what", "ours", "beside", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One figure. `score`: how many times better than its target; 1 meets it."""

    what: str
    ours: str
    beside: str
    ratio: str
    target: str
    score: float

    @property
    def cells(self) -> tuple[str, ...]:
        return self.what, self.ours, self.beside, self.ratio, self.target, "yes" if self.score >= 1 else "**no**"


def at_least(what: str, ours: float, peer: str, theirs: float, times: float) -> Row:
    """Rates in MB/s: ours should be so many `times` the peer's."""
    ratio = ours / theirs
    return Row(what, f"{ours:.0f} MB/s", f"{peer} {theirs:.0f} MB/s", f"{ratio:.2f}", f"≥ {times:.2g}", ratio / times)


def below(what: str, ours: float, unit: str, limit: float) -> Row:
    return Row(what, f"{ours:.3g} {unit}", "", "", f"< {limit:g} {unit}", limit / ours)


def markdown(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def plot(rows: Sequence[Row], path: Path) -> None:
    """A bar per row: how many times better than its target."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 0.36 * len(rows) + 1), layout="constrained")
    axes = figure.subplots()
    names = [f"{row.what}: {row.ours}" for row in rows]
    bars = axes.barh(names, [row.score for row in rows], color=["#3a7" if r.score >= 1 else "#c53" for r in rows])
    axes.bar_label(bars, [f" {row.target}" + (f", is {row.ratio}" if row.ratio else "") for row in rows], fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    ticks = (0.25, 0.5, 1, 2, 4)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.margins(x=0.3)
    axes.invert_yaxis()
    axes.set_xlabel("times better than the target (log scale)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
