// Whether AsyncAPI's own parser accepts a document:
//
//     node check.mjs PACKAGES DOCUMENT
//
// PACKAGES is where `npm ci` put what package.json beside this names. Every diagnostic is
// printed, and each fails, whatever its severity.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

const [packages, file] = process.argv.slice(2);
if (file === undefined) {
    console.error('usage: node check.mjs PACKAGES DOCUMENT');
    process.exit(2);
}
const { Parser } = createRequire(resolve(packages, 'package.json'))('@asyncapi/parser');
const { document, diagnostics } = await new Parser().parse(await readFile(file, 'utf8'), { source: file });
for (const { severity, code, path, message, range } of diagnostics) {
    const at = `${file}:${range.start.line + 1}:${range.start.character + 1}`;
    console.error(`${at}: ${SEVERITIES[severity]} ${code}: ${message} (${path.join(' / ')})`);
}
if (document === undefined || diagnostics.length > 0) {
    console.error(`${file}: not accepted, ${diagnostics.length} diagnostics`);
    process.exit(1);
}
console.log(
    `${file}: accepted as AsyncAPI ${document.version()}, ` +
        `${document.channels().length} channels, ${document.operations().length} operations`,
);
