import type { ServerInfo } from '../../http/routes/info.ts';

/** What is said of a server that is ready. */
export interface Banner {
  readonly version: string;
  readonly url: string;
  readonly upstream: string;
  readonly media: string;
  readonly generatedApiKey: string | undefined;
  readonly selfSignedCertificatePath: string | undefined;
}

export function upstreamLineOf({ label, model, reason }: ServerInfo['upstream']): string {
  return `${label}, model ${model} (${reason})`;
}

export function bannerOf(banner: Banner): string {
  const { version, url, upstream, media, generatedApiKey: key } = banner;
  const { selfSignedCertificatePath: certificatePath } = banner;
  return [
    '',
    `  Prism ${version} is ready.`,
    '',
    `  Playground  ${url}${key === undefined ? '' : `/#key=${key}`}`,
    `  Upstream    ${upstream}`,
    `  Media       ${media}`,
    ...(key === undefined
      ? []
      : [`  Server key  ${key} (made now; set PRISM_API_KEYS to keep one)`]),
    ...(certificatePath === undefined
      ? []
      : [
          `  Certificate ${certificatePath}`,
          `              self-signed; NODE_EXTRA_CA_CERTS=${certificatePath} makes Node trust it`,
        ]),
    '',
  ].join('\n');
}
