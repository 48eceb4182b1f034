import { isWireObject, numberField, objectField, textField } from '@prism/client';

/** Who answers: the built-in engine, OpenAI, or another Realtime server. */
export type UpstreamKind = 'engine' | 'openai' | 'realtime';

/** What `GET /v1/prism/info` tells about the server. */
export interface ServerInfo {
  readonly version: string;
  readonly upstream: {
    readonly kind: UpstreamKind;
    readonly label: string;
    /** Why this upstream was chosen. */
    readonly reason: string;
    readonly model: string | undefined;
  };
  readonly mediaPort: number | undefined;
}

function isUpstreamKind(kind: string | undefined): kind is UpstreamKind {
  return kind === 'engine' || kind === 'openai' || kind === 'realtime';
}

/** Reads the body of `GET /v1/prism/info`; `undefined` if it is something else. */
export function parseServerInfo(body: unknown): ServerInfo | undefined {
  if (!isWireObject(body)) return undefined;
  const upstream = objectField(body, 'upstream');
  const kind = textField(upstream, 'kind');
  if (!isUpstreamKind(kind)) return undefined;
  return {
    version: textField(body, 'version') ?? '',
    upstream: {
      kind,
      label: textField(upstream, 'label') ?? kind,
      reason: textField(upstream, 'reason') ?? '',
      model: textField(upstream, 'model'),
    },
    mediaPort: numberField(objectField(body, 'media'), 'port'),
  };
}

/** Says who is answering, so that nobody takes the scripted engine for a language model. */
export function upstreamTitle(info: ServerInfo): string {
  const { kind, label, model } = info.upstream;
  switch (kind) {
    case 'engine':
      return 'Built-in engine – local, scripted, not a language model';
    case 'openai':
      return model === undefined ? 'OpenAI' : `OpenAI – ${model}`;
    case 'realtime':
      return model === undefined ? label : `${label} – ${model}`;
  }
}
