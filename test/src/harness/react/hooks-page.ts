import { FakePage, settle } from '@prism/client/testing';
import {
  PrismProvider,
  useAction,
  useAudioLevel,
  usePrism,
  useServerEvent,
  useTranscript,
} from '@prism/react';
import { createElement, type ReactElement, StrictMode, useEffect, useState, version } from 'react';
import { createRoot, type Root } from 'react-dom/client';

/** Runs in a page: the hooks with a fake server, and a count of what rendered. */

const renders = { call: 0, transcript: 0, level: 0 };
const seenEvents: string[] = [];
let effectCount = 0;

function CallView(): ReactElement {
  renders.call += 1;
  const { status, activity, isMuted, connect, end, setMuted } = usePrism();
  useEffect(() => {
    effectCount += 1;
  }, []);
  useServerEvent('response.created', (event) => {
    seenEvents.push(event.type);
  });
  const toggleMuted = (): void => {
    setMuted(!isMuted);
  };
  return createElement(
    'div',
    {},
    createElement('output', { id: 'status' }, status),
    createElement('output', { id: 'activity' }, activity),
    createElement('output', { id: 'muted' }, String(isMuted)),
    createElement('button', { id: 'connect', onClick: connect }, 'call'),
    createElement('button', { id: 'end', onClick: end }, 'end'),
    createElement('button', { id: 'mute', onClick: toggleMuted }, 'mute'),
  );
}

function ActionView(): ReactElement {
  const [count, setCount] = useState(0);
  const parameters = { type: 'object', properties: { by: { type: 'integer' } } };
  useAction('count_up', { description: 'Counts.', parameters }, ({ by }) => {
    setCount(count + Number(by));
    return { before: count };
  });
  return createElement('output', { id: 'count' }, String(count));
}

function TranscriptView(): ReactElement {
  renders.transcript += 1;
  const texts = useTranscript().map((entry) => (entry.type === 'message' ? entry.text : ''));
  return createElement('output', { id: 'transcript' }, texts.join('|'));
}

function LevelView(): ReactElement {
  renders.level += 1;
  return createElement('output', { id: 'level' }, String(useAudioLevel('agent')));
}

const server = new FakePage();
let root: Root | undefined;

const hooksPage = {
  reactVersion: version,
  renders,
  seenEvents,
  effectCount: (): number => effectCount,
  mount: (isStrict: boolean, connectOnMount: boolean): void => {
    const container = document.createElement('main');
    document.body.append(container);
    root = createRoot(container);
    const page = createElement(
      PrismProvider,
      { url: 'http://prism.test', environment: server.environment, connectOnMount },
      createElement(CallView),
      createElement(ActionView),
      createElement(TranscriptView),
      createElement(LevelView),
    );
    root.render(isStrict ? createElement(StrictMode, {}, page) : page);
  },
  unmount: (): void => {
    root?.unmount();
  },
  goLive: async (): Promise<void> => {
    await settle();
    server.call.sink.onLive('webrtc');
    server.call.receive({ type: 'session.created', session: {} });
    await settle();
  },
  receive: (text: string): void => {
    server.call.sink.onMessage(text);
  },
  sent: (): readonly unknown[] => server.call.sent,
  callCount: (): number => server.media.length,
  leftovers: async (): Promise<readonly string[]> => server.leftovers(),
};

Object.assign(globalThis, { hooksPage });
