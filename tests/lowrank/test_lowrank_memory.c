/* theory/lowrank/memory: the published counts and bytes as integers; the tensor-by-tensor count. */
#include "sim/model/lowrank/inventory.h"
#include "tests/support.h"
#include "theory/lowrank/memory.h"

#include <inttypes.h>

#define assert_count(a, b)                                                                         \
    do {                                                                                           \
        uint64_t count_a = (a), count_b = (b);                                                     \
        ck_assert_msg(count_a == count_b, "shape %d: %s = %" PRIu64 ", expected %" PRIu64, _i, #a, \
                      count_a, count_b);                                                           \
    } while (0)

/* N, O, L, GS, GP; full, GaLore, GaLore paper-style, low rank, LoRA, LoRA paper-style. */
static const uint64_t reference[ATTNDYN_LLAMA_SHAPES][11] = {
    {58073600, 32776704, 9994240, 12648448, 3670016, 348441600, 279890944, 244460032, 256625664,
     307219456, 372772864},
    {134105856, 49171200, 44826624, 56623104, 16515072, 804635136, 611172864, 550205184, 563986944,
     733856256, 832198656},
    {367969280, 65586176, 119635968, 151191552, 44040192, 2207815680, 1388746752, 1291604992,
     1111332864, 1716099072, 1847271424},
    {1339082752, 131172352, 478138368, 603955200, 176160768, 8034496512, 4763086848, 4506097664,
     3655864320, 6071685120, 6334029824},
    {6738415616, 262410240, 2558525440, 3238002688, 939524096, 40430493696, 22881525760,
     21939638272, 16925614080, 29877624832, 30402445312},
};

TEST(published_shapes_to_the_byte) {
    const struct attndyn_memory_counts c = attndyn_memory_count(&attndyn_llama_shapes[_i]);
    const uint64_t *expected = reference[_i];
    assert_count(c.all, expected[0]);
    assert_count(c.untouched, expected[1]);
    assert_count(c.adapters, expected[2]);
    assert_count(c.states, expected[3]);
    assert_count(c.projector, expected[4]);
#define BYTES(method, variant)                                                                     \
    attndyn_memory_bytes(&c, ATTNDYN_MEMORY_##method, ATTNDYN_MEMORY_##variant, 2)
    assert_count(BYTES(FULL, EXACT), expected[5]);
    assert_count(BYTES(GALORE, EXACT), expected[6]);
    assert_count(BYTES(GALORE, PAPER), expected[7]);
    assert_count(BYTES(LOW_RANK, EXACT), expected[8]);
    assert_count(BYTES(LORA, EXACT), expected[9]);
    assert_count(BYTES(LORA, PAPER), expected[10]);
    assert_count(BYTES(RELORA, EXACT), expected[9]);
#undef BYTES
}

/* 8-bit Adam 26.95 GB, 8-bit GaLore 19.12 GB for 7B. */
TEST(eight_bit_moments) {
    const struct attndyn_memory_counts c = attndyn_memory_count(&attndyn_llama_shapes[4]);
    assert_near((double)attndyn_memory_bytes(&c, ATTNDYN_MEMORY_ADAM_8BIT, ATTNDYN_MEMORY_EXACT, 2),
                4.0 * 6738415616.0, 0);
    assert_near(
        (double)attndyn_memory_bytes(&c, ATTNDYN_MEMORY_GALORE_8BIT, ATTNDYN_MEMORY_EXACT, 2) / 1e9,
        19.12, 0.005);
}

/* Odd shapes, among them f < d: every tensor by itself against the sums in closed form. */
TEST(closed_forms_equal_the_inventory) {
    static const struct attndyn_llama_shape odd[] = {{"a", 7, 11, 3, 2, 13},
                                                     {"b", 11, 7, 2, 7, 5},
                                                     {"c", 1, 1, 1, 1, 1},
                                                     {"d", 64, 64, 5, 1, 9}};
    const struct attndyn_llama_shape *s = &odd[_i];
    const struct attndyn_memory_counts c = attndyn_memory_count(s);
    struct attndyn_weight_shape tensors[ATTNDYN_INVENTORY_TENSORS];
    attndyn_inventory(s->d, s->f, s->layers, s->vocab, tensors);
    struct attndyn_kept sum[4] = {{0, 0, 0}};
    for (int t = 0; t < ATTNDYN_INVENTORY_TENSORS; t++)
        for (int k = 0; k < 4; k++) {
            const struct attndyn_kept kept =
                attndyn_tensor_kept(&tensors[t], (enum attndyn_keeping)k, s->r);
            sum[k].weights += tensors[t].copies * kept.weights;
            sum[k].moments += tensors[t].copies * kept.moments;
            sum[k].projector += tensors[t].copies * kept.projector;
        }
    assert_count(sum[ATTNDYN_KEEP_FULL].weights, c.all);
    assert_count(sum[ATTNDYN_KEEP_FULL].moments, 2 * c.all);
    assert_count(sum[ATTNDYN_KEEP_LOW_RANK].weights, c.adapters + c.untouched);
    assert_count(sum[ATTNDYN_KEEP_ADAPTER].weights, c.all + c.adapters);
    assert_count(sum[ATTNDYN_KEEP_ADAPTER].moments, 2 * (c.adapters + c.untouched));
    assert_count(sum[ATTNDYN_KEEP_GALORE].moments, c.states + 2 * c.untouched);
    assert_count(sum[ATTNDYN_KEEP_GALORE].projector, c.projector);
    for (int m = 0; m < ATTNDYN_MEMORY_METHODS; m++) {
        static const int keeping[] = {0, 1, 2, 2, 3, 0, 3};
        const struct attndyn_kept *kept = &sum[keeping[m]];
        const uint64_t moment = m >= ATTNDYN_MEMORY_ADAM_8BIT ? 1 : 4;
        assert_count(
            attndyn_memory_bytes(&c, (enum attndyn_memory_method)m, ATTNDYN_MEMORY_EXACT, 4),
            4 * (kept->weights + kept->projector) + moment * kept->moments);
    }
}

TCASE(lowrank_memory) {
    tcase_add_loop_test(tcase, published_shapes_to_the_byte, 0, ATTNDYN_LLAMA_SHAPES);
    tcase_add_test(tcase, eight_bit_moments);
    tcase_add_loop_test(tcase, closed_forms_equal_the_inventory, 0, 4);
}
