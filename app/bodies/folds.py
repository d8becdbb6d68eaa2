"""A cross-validation, as REST tells of it line by line."""

from pydantic import BaseModel, Field

from engine.crossvalidation import FEWEST, MOST, MOST_EPOCHS, FoldsProgress


class FoldsRequest(BaseModel):
    """How many folds, and how many epochs each net is trained."""

    folds: int = Field(default=5, ge=FEWEST, le=MOST)
    epochs: int = Field(default=20, ge=1, le=MOST_EPOCHS)


class FoldLine(BaseModel):
    """A net after its last epoch: losses and accuracies (or R²) of the rows it learnt from and of
    those held out, by name; null where it diverged."""

    fold: int
    train_rows: int
    validation_rows: int
    metrics: dict[str, float | None]


class FoldsSummary(BaseModel):
    """Mean and standard deviation (over n - 1) of all folds."""

    mean: dict[str, float | None]
    spread: dict[str, float | None]


class FoldsLine(BaseModel):
    """How far it has come: in which fold, after how many epochs of it; the folds that are done, and
    on the last line the summary."""

    folds: int
    epochs: int
    fold: int
    epoch: float
    done: list[FoldLine]
    summary: FoldsSummary | None

    @classmethod
    def of(cls, progress: FoldsProgress, folds: int, epochs: int) -> "FoldsLine":
        summary = progress.summary
        return cls(
            folds=folds,
            epochs=epochs,
            fold=progress.fold,
            epoch=progress.epoch,
            done=[FoldLine(**vars(each)) for each in progress.done],
            summary=None if summary is None else FoldsSummary(**vars(summary)),
        )
