// The check `packages`: makes the publishable folders and has them judged and weighed. The last line has the figures.
import { join } from 'node:path';
import { judgePackage } from './packaging/judge-package.mjs';
import { packPackage } from './packaging/pack-package.mjs';
import { PUBLISHED_PACKAGES } from './packaging/published-packages.mjs';
import { weighPackage } from './packaging/weigh-package.mjs';
import { ROOT_PATH } from './repository.mjs';

const findings = [];
const figures = [];

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Finds what is too heavy, and answers the figure to print. */
function judgeWeight(name, bytes, bytesMax) {
  if (bytes > bytesMax) {
    findings.push(
      `packages/${name}: ${bytes} bytes minified and gzipped, the limit is ${bytesMax}`,
    );
  }
  return `${name} ${kilobytes(bytes)} of ${kilobytes(bytesMax)}`;
}

for (const published of PUBLISHED_PACKAGES) {
  const packagePath = await packPackage(published);
  const { folder, gzipBytesMax } = published;
  findings.push(...(await judgePackage(packagePath)).map((text) => `packages/${folder}: ${text}`));
  const home = join(ROOT_PATH, 'packages', folder);
  const { wholeBytes, parts, subpaths } = await weighPackage(home, published);
  const named = parts.map(({ name, bytes }) => `${name} alone ${kilobytes(bytes)}`);
  const whole = judgeWeight(folder, wholeBytes, gzipBytesMax);
  figures.push(named.length === 0 ? whole : `${whole} (${named.join(', ')})`);
  for (const { name, bytes, gzipBytesMax: bytesMax } of subpaths)
    figures.push(judgeWeight(`${folder}/${name}`, bytes, bytesMax));
}
for (const finding of findings) console.log(finding);
console.log(`minified and gzipped: ${figures.join('; ')}`);
process.exitCode = findings.length === 0 ? 0 : 1;
