"""How metrics and models are called where people read of them."""

METRIC_NAMES = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "spearman": "Spearman",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
}
MODEL_NAMES = {
    "convex": "convex ensemble (this surrogate)",
    "refined": "this surrogate refined by structure (no proofs)",
    "convex_single": "convex, one member",
    "linear": "ridge or logistic regression",
    "mlp": "unconstrained ensemble of the same size",
    "mlp_single": "unconstrained, one member",
    "svm": "support vector machine on latents",
    "random_forest": "random forest on Morgan counts",
}
