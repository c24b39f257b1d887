// The report in a real browser: node tests/report/browser.mjs REPORT-FOLDER [--pictures DIR]
//
// Every page, at 1280 and at 360 px, light and dark: no console message, no failed request, no missing
// picture, no horizontal overflow, text legible (contrast), headings in order, names for what the
// keyboard reaches, ids unique; nothing asked of a network. Then every link inside the folder, the
// anchors too, and every figure: no text leaves the frame or lies on another, no curve runs through one.
// With --pictures each page is kept as PNG and PDF, to be looked at.
// Speaks Chromium's DevTools protocol over a pipe: no package is needed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2] ?? 'out/report');
const pictures = process.argv[3] === '--pictures' ? resolve(process.argv[4]) : null;
const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const browser = names.find((name) => spawnSync(name, ['--version']).status === 0);
if (!browser) {
    console.log('browser test: skipped, no Chromium is installed');
    process.exit(0);
}
if (!existsSync(join(folder, 'index.html'))) {
    console.error(`browser test: no report in ${folder}: run attndyn report first`);
    process.exit(1);
}

const profile = mkdtempSync(join(tmpdir(), 'attndyn-browser-'));
const chromium = spawn(browser, ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const failures = [], events = [], waiting = new Map();
let next = 0, rest = '';
chromium.stdio[4].on('data', (chunk) => {
    rest += chunk;
    for (let end; (end = rest.indexOf('\0')) >= 0; rest = rest.slice(end + 1)) {
        const message = JSON.parse(rest.slice(0, end));
        if (!message.id) {
            events.push(message);
            continue;
        }
        const { good, bad } = waiting.get(message.id);
        waiting.delete(message.id);
        message.error ? bad(new Error(message.error.message)) : good(message.result);
    }
});
const send = (method, params = {}, sessionId) => new Promise((good, bad) => {
    waiting.set(++next, { good, bad });
    chromium.stdio[3].write(JSON.stringify({ id: next, method, params, sessionId }) + '\0');
});
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Runs inside the page.
const inspect = () => {
    const bad = [];
    const short = (e) => `<${e.localName}> "${(e.textContent || '').trim().slice(0, 40)}"`;
    for (const img of document.images) {
        if (!img.complete || img.naturalWidth === 0) bad.push(`picture ${img.getAttribute('src')} is missing`);
        if (!img.alt) bad.push(`picture ${img.getAttribute('src')} has no alt text`);
    }
    const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
    if (wide > room) {
        const guilty = [...document.body.querySelectorAll('*')].find((e) => e.getBoundingClientRect().right > room + 1 && !e.closest('.box, pre'));
        bad.push(`the page is ${wide} px wide in ${room} px; ${guilty ? short(guilty) : ''}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    ids.filter((id, i) => ids.indexOf(id) !== i).forEach((id) => bad.push(`the id ${id} stands twice`));
    let level = 0;
    for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
        const mine = Number(h.localName[1]);
        if (mine > level + 1) bad.push(`${short(h)} skips a level`);
        level = mine;
    }
    if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
    if (!document.documentElement.lang) bad.push('no language');
    if (document.scripts.length) bad.push('a script');
    for (const e of document.querySelectorAll('a, summary, [tabindex="0"]'))
        if (!(e.getAttribute('aria-label') || e.textContent.trim() || e.querySelector('img[alt]'))) bad.push(`${short(e)} has no name`);
    for (const e of document.querySelectorAll('merror, math:not(:has(*))')) bad.push(`equation ${short(e)}`);
    // Mathematics is set: none of it stands as it is typed. Code, data and names of files are not prose.
    const typed = /sum_|[A-Za-z]'_|[\w)|\]]\^[\w({]|[_^]\{|sqrt\(|<=|>=|\+-|\b(alpha|beta|gamma|delta|zeta|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega)\b(?!\.)/;
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const e = words.currentNode.parentElement;
        if (!e.closest('code, pre, math, svg, a, details td, details th') && typed.test(words.currentNode.textContent))
            bad.push(`mathematics as it is typed: "${words.currentNode.textContent.trim().slice(0, 120)}"`);
    }
    if (/[a-z]{2,}\(s\)[ ,;.]|(?<![\d.])1 (numbers|seeds|points|tasks|networks|nodes|runs|items|claims|checks)\b/.test(document.body.innerText))
        bad.push(`one of several: "${RegExp.lastMatch}"`);
    for (const e of document.querySelectorAll('[title], [alt]'))
        if (/<\/?[a-z]+>/.test(e.title + e.alt)) bad.push(`a tag in the title of ${short(e)}`);
    // Contrast of text against what stands behind it (WCAG 2 AA: 4.5).
    const rgb = (text) => text.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const seen = new Set();
    for (const e of document.body.querySelectorAll('*')) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
        if (e.closest('annotation') || !e.getClientRects().length) continue;
        let behind = e, back = [0, 0, 0, 0];
        for (; behind && (back.length === 4 && back[3] === 0); behind = behind.parentElement) back = rgb(getComputedStyle(behind).backgroundColor);
        if (back.length === 4 && back[3] === 0) back = rgb(getComputedStyle(document.documentElement).backgroundColor);
        const front = rgb(getComputedStyle(e).color), key = front + '/' + back;
        if (seen.has(key)) continue;
        seen.add(key);
        const [a, b] = [luminance(front), luminance(back)].sort((x, y) => y - x), contrast = (a + 0.05) / (b + 0.05);
        if (contrast < 4.5) bad.push(`${short(e)} has contrast ${contrast.toFixed(2)}, less than 4.5`);
    }
    const links = [...document.querySelectorAll('[href], [src]')].map((e) => e.getAttribute('href') ?? e.getAttribute('src'));
    return { bad, links, ids, dark: matchMedia('(prefers-color-scheme: dark)').matches };
};

// Runs inside a figure, at its own size.
const look = () => {
    const bad = [], svg = document.documentElement, { width, height } = svg.viewBox.baseVal;
    svg.setAttribute('width', width);
    svg.setAttribute('height', height);
    // A text that stands aslant has a box much larger than itself.
    const aslant = (e) => { for (; e !== svg; e = e.parentNode) if (/rotate\(-?(?!90|270|-90)\d/.test(e.getAttribute('transform'))) return true; };
    const texts = [...svg.querySelectorAll('text')].filter((e) => e.textContent.trim() && !aslant(e))
        .map((e) => ({ said: e.textContent.trim(), ...e.getBoundingClientRect().toJSON() }));
    for (const t of texts)
        if (t.left < -4 || t.top < -4 || t.right > width + 4 || t.bottom > height + 4) bad.push(`"${t.said}" leaves the frame`);
    const both = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
    texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
        if (a.said !== b.said && both(a, b, 'left', 'right') > 3 && both(a, b, 'top', 'bottom') > 6) bad.push(`"${a.said}" lies on "${b.said}"`);
    }));
    // Curves, point by point three pixels apart, against the middle of each text.
    const hits = new Map();
    for (const path of svg.querySelectorAll('g[id*="_plot_"] path')) {
        let last = null;
        for (const [, move, x, y] of (path.getAttribute('d') ?? '').matchAll(/([ML])\s*(-?[\d.]+)[ ,](-?[\d.]+)/g)) {
            const [X, Y] = [Number(x), Number(y)], n = last && move === 'L' ? Math.ceil(Math.hypot(X - last[0], Y - last[1]) / 3) : 0;
            for (let k = 1; k <= n; k++) {
                const [u, v] = [last[0] + (X - last[0]) * k / n, last[1] + (Y - last[1]) * k / n];
                for (const t of texts)
                    if (u > t.left + 2 && u < t.right - 2 && v > t.top + 4 && v < t.bottom - 4) hits.set(t.said, (hits.get(t.said) ?? 0) + 1);
            }
            last = [X, Y];
        }
    }
    for (const [said, n] of hits) if (n > 4) bad.push(`a curve runs through "${said}"`);
    return bad;
};

async function figure(session, path) {
    const from = events.length;
    await send('Page.navigate', { url: pathToFileURL(join(folder, path)).href }, session);
    for (let n = 0; n < 600 && !events.slice(from).some((e) => e.method === 'Page.loadEventFired'); n++) await pause(20);
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression: `(${look})()`, returnByValue: true }, session);
    if (exceptionDetails) throw new Error(`${path}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    result.value.forEach((what) => failures.push(`${path}: ${what}`));
}

async function open(session, page, width, dark) {
    await send('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 }, session);
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] }, session);
    const from = events.length;
    await send('Page.navigate', { url: pathToFileURL(join(folder, page)).href }, session);
    for (let n = 0; n < 600 && !events.slice(from).some((e) => e.method === 'Page.loadEventFired'); n++) await pause(50);
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression: `(${inspect})()`, returnByValue: true }, session);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    const found = result.value, where = `${page}, ${width} px, ${dark ? 'dark' : 'light'}`;
    if (found.dark !== dark) found.bad.push('the colour scheme does not follow');
    for (const e of events.slice(from)) {
        if (e.method === 'Runtime.consoleAPICalled' || e.method === 'Runtime.exceptionThrown') found.bad.push(`console: ${JSON.stringify(e.params).slice(0, 200)}`);
        if (e.method === 'Log.entryAdded') found.bad.push(`console: ${e.params.entry.text} ${e.params.entry.url ?? ''}`);
        if (e.method === 'Network.loadingFailed') found.bad.push(`a request failed: ${e.params.errorText}`);
        if (e.method === 'Network.requestWillBeSent' && !/^(file|data):/.test(e.params.request.url)) found.bad.push(`a request to ${e.params.request.url}`);
    }
    found.bad.forEach((what) => failures.push(`${where}: ${what}`));
    return found;
}

async function keep(session, page, what) {
    const name = join(pictures, `${page.replace('.html', '')}-${what}`);
    if (what === 'print') {
        writeFileSync(`${name}.pdf`, Buffer.from((await send('Page.printToPDF', { printBackground: true }, session)).data, 'base64'));
        return;
    }
    const { cssContentSize: size } = await send('Page.getLayoutMetrics', {}, session);
    const slice = 4000;
    for (let y = 0, n = 0; y < size.height; y += slice, n++) {
        const clip = { x: 0, y, width: size.width, height: Math.min(slice, size.height - y), scale: 1 };
        const { data } = await send('Page.captureScreenshot', { clip, captureBeyondViewport: true }, session);
        writeFileSync(`${name}-${n}.png`, Buffer.from(data, 'base64'));
    }
}

// Tab from the top: the skip link comes first, is seen, and leads into the text.
async function keyboard(session, page) {
    const press = async (key, code) => {
        for (const type of ['rawKeyDown', 'char', 'keyUp'])
            await send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) }, session);
    };
    const value = async (expression) => (await send('Runtime.evaluate', { expression, returnByValue: true }, session)).result.value;
    await press('Tab', 9);
    const first = await value('document.activeElement.className + (document.activeElement.getBoundingClientRect().left >= 0)');
    if (first !== 'skiptrue') failures.push(`${page}: the first Tab does not reach a visible skip link (${first})`);
    const style = await value('getComputedStyle(document.activeElement).outlineStyle');
    if (style === 'none') failures.push(`${page}: the focus is not seen`);
    await press('Enter', 13);
    await pause(100);
    if (await value('document.activeElement.id') !== 'main') failures.push(`${page}: the skip link does not lead to the text`);
}

try {
    const { targetInfos } = await send('Target.getTargets');
    const { sessionId: session } = await send('Target.attachToTarget', { targetId: targetInfos.find((t) => t.type === 'page').targetId, flatten: true });
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`, {}, session);
    if (pictures) mkdirSync(pictures, { recursive: true });
    const pages = readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
    const anchors = new Map(), links = [];
    for (const page of pages)
        for (const [width, dark, what] of [[1280, false, 'desktop'], [1280, true, 'dark'], [360, false, 'phone'], [360, true, 'phone-dark']]) {
            const found = await open(session, page, width, dark);
            anchors.set(page, new Set(found.ids));
            if (what === 'desktop') {
                found.links.forEach((link) => links.push([page, link]));
                await keyboard(session, page);
            }
            if (pictures && what !== 'phone-dark') await keep(session, page, what);
            if (pictures && what === 'desktop') await keep(session, page, 'print');
        }
    for (const [page, link] of links) {
        if (link.startsWith('data:')) continue;
        const [path, anchor] = link.split('#'), file = decodeURIComponent(path || page);
        if (/^[a-z]+:/i.test(link) || file.startsWith('/') || file.includes('..')) failures.push(`${page}: ${link} leads out of the folder`);
        else if (!existsSync(join(folder, file))) failures.push(`${page}: ${link} leads nowhere`);
        else if (anchor && !anchors.get(file)?.has(decodeURIComponent(anchor))) failures.push(`${page}: there is no ${link}`);
    }
    const figures = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.svg')).sort();
    for (const path of figures) await figure(session, path);
    [...new Set(failures)].forEach((what) => console.error(what));
    console.log(`browser test: ${pages.length} pages, ${links.length} links, ${figures.length} figures, ${new Set(failures).size} failures`);
} catch (error) {
    console.error(error);
    failures.push('the test itself');
} finally {
    const gone = new Promise((done) => chromium.once('exit', done));
    await Promise.race([send('Browser.close').catch(() => {}), pause(3000)]);
    await Promise.race([gone, pause(5000)]);
    chromium.kill('SIGKILL');
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(failures.length ? 1 : 0);
