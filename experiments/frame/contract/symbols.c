#include "symbols.h"

#include <stdio.h>
#include <string.h>

/* Names that would read badly as they are, or for which the papers have another symbol. */
static const struct {
    const char *name, *label;
} usual[] = {
    {"eta_y", "η_Y"},
    {"eta_z", "η_Z"},
    {"lr", "learning rate"},
    {"lr_y", "rate of Y"},
    {"lr_z", "rate of Z"},
    {"lr_p", "rate of the positions"},
    {"lr_ratio", "η_Y/η_Z"},
    {"ratio", "η_Y/η_Z"},
    {"num_last", "last tokens"},
    {"num_next_per_last", "next tokens per last token"},
    {"num_common", "common tokens"},
    {"num_distinct", "distinct tokens per class"},
    {"common_sd", "sd of the common tokens"},
    {"distinct_sd", "sd of the distinct tokens"},
    {"class_sd", "sd of the classes"},
    {"start_sd", "sd at the start"},
    {"sd", "standard deviation"},
    {"classes", "K"},
    {"kv_heads", "key-value heads"},
    {"rtol", "relative tolerance"},
    {"atol", "absolute tolerance"},
    {"t_end", "last time"},
    {"t_star", "t^*"},
    {"t_star_galore", "t^* of GaLore"},
    {"t_star_measured", "t^*, measured"},
    {"seq_len", "sequence length"},
    {"nll", "negative log-likelihood"},
    {"acc", "accuracy"},
    {"acc_norm", "accuracy by characters"},
    {"sr_G", "stable rank of G"},
    {"galore_over_full", "GaLore over full rank"},
    {"minibatch_min", "minibatch of the minimum"},
    {"valid_loss", "validation loss"},
    {"valid_loss_min", "least validation loss"},
};

static const char *const greek[][2] = {
    {"alpha", "α"},  {"beta", "β"},   {"gamma", "γ"},    {"delta", "δ"},   {"epsilon", "ε"},
    {"eps", "ε"},    {"zeta", "ζ"},   {"eta", "η"},      {"theta", "θ"},   {"kappa", "κ"},
    {"lambda", "λ"}, {"mu", "μ"},     {"nu", "ν"},       {"xi", "ξ"},      {"pi", "π"},
    {"rho", "ρ"},    {"sigma", "σ"},  {"sigma2", "σ^2"}, {"tau", "τ"},     {"phi", "φ"},
    {"chi", "χ"},    {"psi", "ψ"},    {"omega", "ω"},    {"beta1", "β_1"}, {"beta2", "β_2"},
    {"xi0", "ξ_0"},  {"rho0", "ρ_0"}, {"v0", "v_0"},     {"z0", "z_0"},    {"inf", "∞"},
};

/* The sign of a part of a name, itself where it has none; *letter: it is one letter. */
static const char *sign_of(const char *part, bool *letter) {
    *letter = part[0] && !part[1];
    for (size_t i = 0; i < sizeof greek / sizeof *greek; i++)
        if (strcmp(greek[i][0], part) == 0) {
            *letter = true;
            return greek[i][1];
        }
    return part;
}

/* These words are no subscripts: a subscript says which one, they say of what. */
static bool is_word(const char *part) {
    static const char *const words[] = {"error", "errors", "drift", "spread", "scale", "ratio"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(part, words[i]) == 0) return true;
    return false;
}

const char *symbol_label(char label[121], const char *name, const char *declared) {
    for (size_t i = 0; !declared && i < sizeof usual / sizeof *usual; i++)
        if (strcmp(usual[i].name, name) == 0) declared = usual[i].label;
    if (declared) {
        snprintf(label, 121, "%s", declared);
        return label;
    }
    bool after_letter = false;
    size_t used = 0;
    label[0] = '\0';
    for (const char *at = name; *at && used < 100;) {
        char part[40];
        const size_t n = strcspn(at, "_");
        snprintf(part, sizeof part, "%.*s", n < sizeof part ? (int)n : (int)sizeof part - 1, at);
        at += n + (at[n] == '_');
        bool letter;
        const char *sign = sign_of(part, &letter);
        const bool index = after_letter && !is_word(part);
        const char *form = index ? "_{%s}" : used ? " %s" : "%s";
        const int length = snprintf(label + used, 121 - used, form, sign);
        used += length > 0 ? (size_t)length : 0;
        after_letter = letter && !index;
    }
    return label;
}

const char *symbol_of(char label[121], const struct experiment *experiment, const char *name) {
    const char *declared = NULL;
    for (const struct param *p = experiment ? experiment->params : NULL; p && p->name; p++)
        if (strcmp(p->name, name) == 0) declared = p->symbol;
    for (const struct scalar *s = experiment ? experiment->scalars : NULL; s && s->name; s++)
        if (strcmp(s->name, name) == 0 && s->symbol) declared = s->symbol;
    return symbol_label(label, name, declared);
}
