// Ids by the `tokenizers` library of Rust, through its build for Node (npm install @anush008/tokenizers).
//
//     node codec.mjs TOKENIZER.json TEXTS.json [SPECIAL...]   prints [[id, ...], ...]
//     node codec.mjs VOCAB.json MERGES.txt TEXTS.json [SPECIAL...]
//
// SPECIAL: tokens of a plain vocabulary that are looked for in a text.
import { createRequire } from 'module';
import fs from 'fs';

const T = createRequire(`${process.env.NODE_MODULES ?? process.cwd()}/`)('@anush008/tokenizers');
const [first, second, ...rest] = process.argv.slice(2);
let tokenizer, texts, special;
if (second.endsWith('.txt')) {
    tokenizer = new T.Tokenizer(await T.BPE.fromFile(first, second));
    tokenizer.setPreTokenizer(T.byteLevelPreTokenizer(false, true));
    [texts, ...special] = rest;
    tokenizer.addSpecialTokens(special);
} else {
    tokenizer = T.Tokenizer.fromFile(first);
    texts = second;
}
const ids = [];
for (const text of JSON.parse(fs.readFileSync(texts, 'utf8')))
    ids.push((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds());
console.log(JSON.stringify(ids));
