"""Properties that bundled surrogates predict, as people call them: label and meaning by name."""

_TOX21 = {
    "nr_ar": "androgen receptor",
    "nr_ar_lbd": "androgen receptor, binding domain",
    "nr_ahr": "aryl hydrocarbon receptor",
    "nr_aromatase": "aromatase",
    "nr_er": "estrogen receptor",
    "nr_er_lbd": "estrogen receptor, binding domain",
    "nr_ppar_gamma": "PPAR gamma",
    "sr_are": "oxidative stress (ARE)",
    "sr_atad5": "genotoxicity (ATAD5)",
    "sr_hse": "heat shock (HSE)",
    "sr_mmp": "mitochondrial potential",
    "sr_p53": "DNA damage (p53)",
}
KNOWN = {
    "log_solubility": ("Solubility", "Predicted logarithm of the solubility in water."),
    "logd": ("logD at pH 7.4", "Predicted logarithm of the distribution between octanol and water at pH 7.4."),
    "bbb_penetration": ("Blood-brain barrier", "Predicted probability of passing the blood-brain barrier."),
} | {
    f"tox21_{assay}": (f"Toxicity: {name}", f"Predicted probability of activity in the Tox21 assay for {name}.")
    for assay, name in _TOX21.items()
}
