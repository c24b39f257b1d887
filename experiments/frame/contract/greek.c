#include "greek.h"

#include <string.h>

static const struct {
    const char *name, *letter;
} greek[] = {{"alpha", "α"}, {"beta", "β"},   {"gamma", "γ"}, {"delta", "δ"},   {"epsilon", "ε"},
             {"eps", "ε"},   {"zeta", "ζ"},   {"eta", "η"},   {"theta", "θ"},   {"iota", "ι"},
             {"kappa", "κ"}, {"lambda", "λ"}, {"mu", "μ"},    {"nu", "ν"},      {"xi", "ξ"},
             {"pi", "π"},    {"rho", "ρ"},    {"sigma", "σ"}, {"tau", "τ"},     {"phi", "φ"},
             {"chi", "χ"},   {"psi", "ψ"},    {"omega", "ω"}, {"Gamma", "Γ"},   {"Delta", "Δ"},
             {"Theta", "Θ"}, {"Lambda", "Λ"}, {"Xi", "Ξ"},    {"Pi", "Π"},      {"Sigma", "Σ"},
             {"Phi", "Φ"},   {"Psi", "Ψ"},    {"Omega", "Ω"}, {"infinity", "∞"}};

const char *greek_letter(const char *word, size_t n) {
    for (size_t i = 0; i < sizeof greek / sizeof *greek; i++)
        if (strlen(greek[i].name) == n && strncmp(greek[i].name, word, n) == 0)
            return greek[i].letter;
    return NULL;
}
