// The check `packages`: makes the publishable folders and has them judged and weighed. The last line has the figures.
import { join } from 'node:path';
import { judgePackage } from './packaging/judge-package.mjs';
import { packPackage } from './packaging/pack-package.mjs';
import { PUBLISHED_PACKAGES } from './packaging/published-packages.mjs';
import { weighPackage } from './packaging/weigh-package.mjs';
import { ROOT_PATH } from './repository.mjs';

const findings = [];
const figures = [];
for (const published of PUBLISHED_PACKAGES) {
  const packagePath = await packPackage(published);
  const { folder, gzipBytesMax } = published;
  findings.push(...(await judgePackage(packagePath)).map((text) => `packages/${folder}: ${text}`));
  const { wholeBytes, parts } = await weighPackage(join(ROOT_PATH, 'packages', folder), published);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  if (wholeBytes > gzipBytesMax) {
    findings.push(
      `packages/${folder}: ${wholeBytes} bytes minified and gzipped, the limit is ${gzipBytesMax}`,
    );
  }
  const named = parts.map(({ name, bytes }) => `${name} alone ${kilobytes(bytes)}`);
  const whole = `${folder} ${kilobytes(wholeBytes)} of ${kilobytes(gzipBytesMax)}`;
  figures.push(named.length === 0 ? whole : `${whole} (${named.join(', ')})`);
}
for (const finding of findings) console.log(finding);
console.log(`minified and gzipped: ${figures.join('; ')}`);
process.exitCode = findings.length === 0 ? 0 : 1;
