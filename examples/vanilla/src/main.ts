// A voice call in a page without a framework: connect, mute, type, show what is said, let the model do something.
import {
  displayLevel,
  emptyTranscript,
  PrismClientError,
  PrismSession,
  reduceTranscript,
  visibleEntries,
} from '@prism/client';

/** Where Prism is: behind this page's own server, or where `?server=` says. */
const url = new URLSearchParams(location.search).get('server') ?? location.origin;

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no #${id}.`);
  return found;
}

const status = element('status', HTMLOutputElement);
const level = element('level', HTMLMeterElement);
const talk = element('talk', HTMLButtonElement);
const mute = element('mute', HTMLButtonElement);
const form = element('form', HTMLFormElement);
const text = element('text', HTMLInputElement);
const errors = element('error', HTMLParagraphElement);
const list = element('transcript', HTMLOListElement);

let session: PrismSession | undefined;

function showError(error: PrismClientError | undefined): void {
  errors.textContent = error === undefined ? '' : `${error.message} ${error.remedy}`;
}

async function connect(): Promise<void> {
  let transcript = emptyTranscript();
  showError(undefined);
  // For people of the internet add `getToken`: see the guide.
  session = await PrismSession.connect(
    {
      url,
      actions: [
        {
          name: 'set_theme_color',
          description: 'Changes the colour of the page.',
          parameters: {
            type: 'object',
            properties: { color: { type: 'string', maxLength: 20 } },
            required: ['color'],
          },
          handler: ({ color }) => {
            document.body.style.background = String(color);
            return { ok: true };
          },
        },
      ],
    },
    {
      onStatus: ({ phase }) => {
        status.value = phase;
      },
      onServerEvent: (event) => {
        transcript = reduceTranscript(transcript, event);
        showTranscript();
      },
      onError: showError,
      onClosed: (error) => {
        session = undefined;
        showError(error);
        showButtons();
      },
    },
  );
  session.updateContext({ page: 'example', title: document.title });
  showButtons();
  drawLevel();

  function showTranscript(): void {
    const rows = visibleEntries(transcript).map((entry) => {
      const row = document.createElement('li');
      row.textContent =
        entry.type === 'message'
          ? `${entry.role}: ${entry.heardText ?? entry.text}${entry.status === 'interrupted' ? ' —' : ''}`
          : `${entry.name}(${entry.argumentsText})`;
      return row;
    });
    list.replaceChildren(...rows);
  }
}

function showButtons(): void {
  talk.textContent = session === undefined ? 'Talk' : 'Hang up';
  mute.disabled = session === undefined;
  mute.textContent = session?.isMuted === true ? 'Unmute' : 'Mute';
}

function drawLevel(): void {
  level.value = displayLevel(session?.levels().microphoneRms ?? 0);
  if (session !== undefined) requestAnimationFrame(drawLevel);
}

talk.addEventListener('click', () => {
  if (session !== undefined) session.close();
  else
    connect().catch((error: unknown) => {
      if (!(error instanceof PrismClientError)) throw error;
      showError(error);
    });
});

mute.addEventListener('click', () => {
  if (session?.isMuted === true) session.unmute();
  else session?.mute();
  showButtons();
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  session?.sendText(text.value);
  text.value = '';
});
