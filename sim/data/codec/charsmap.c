/* SentencePiece's normalisation rules: a double array of Darts-clone (units of 32 bits) over the
 * strings that change, and the texts that they become. Every index is checked: the array comes from
 * a file. */
#include "codec_private.h"

#include <string.h>

static uint32_t word_at(const unsigned char *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

bool attndyn_charsmap_parse(const char *bytes, size_t length, struct attndyn_charsmap *map) {
    *map = (struct attndyn_charsmap){0};
    if (length == 0) return true;
    if (length <= 4) return false;
    size_t trie = word_at((const unsigned char *)bytes);
    if (trie == 0 || trie % 4 || trie >= length - 4) return false;
    map->unit = (const unsigned char *)bytes + 4;
    map->units = trie / 4;
    map->text = bytes + 4 + trie;
    map->text_length = length - 4 - trie;
    return map->text[map->text_length - 1] == '\0';
}

/* Parts of a unit. */
static uint32_t offset_of(uint32_t unit) {
    return (unit >> 10) << ((unit & 0x200) >> 6);
}
static uint32_t label_of(uint32_t unit) {
    return unit & 0x800000FF;
}
static bool has_leaf(uint32_t unit) {
    return unit >> 8 & 1;
}

size_t attndyn_charsmap_find(const struct attndyn_charsmap *map, const char *text, size_t length,
                             const char **to, size_t *to_length) {
    size_t longest = 0;
    if (!map->unit) return 0;
    size_t at = offset_of(word_at(map->unit));
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        at ^= byte;
        if (at >= map->units) break;
        uint32_t unit = word_at(map->unit + 4 * at);
        if (label_of(unit) != byte) break;
        at ^= offset_of(unit);
        if (!has_leaf(unit)) continue;
        if (at >= map->units) break;
        uint32_t value = word_at(map->unit + 4 * at) & 0x7FFFFFFF;
        if (value >= map->text_length) continue;
        longest = i + 1;
        *to = map->text + value;
        *to_length = strlen(*to); /* the pool ends with a NUL */
    }
    return longest;
}
