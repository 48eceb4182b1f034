import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PrismClientError } from '../client-error.ts';
import { openMicrophone } from '../microphone.ts';
import { settle } from '../testing/fake-page.ts';
import { CallSound } from './call-sound.ts';
import { ContextWatch } from './context-watch.ts';
import { setOutputDevice } from './output-device.ts';
import type { SoundPage } from './sound-page.ts';
import type { AudioDevice, SoundChange } from './sound-state.ts';

/** A page whose devices and place are the test's. */
class Page {
  readonly events = new EventTarget();
  readonly changes: SoundChange[] = [];
  readonly outputs: (string | undefined)[] = [];
  readonly told: (readonly AudioDevice[])[] = [];
  devices: readonly { readonly kind: MediaDeviceKind; readonly deviceId: string }[] = [];
  isHidden = false;
  readonly sound: CallSound;

  constructor() {
    const { events } = this;
    const hidden = (): boolean => this.isHidden;
    const target = {
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
    };
    const page: SoundPage = {
      isSecureContext: true,
      navigator: {
        mediaDevices: {
          ...target,
          getUserMedia: () => Promise.reject(new DOMException('x', 'NotFoundError')),
          enumerateDevices: () =>
            Promise.resolve(
              this.devices.map((device) => ({
                ...device,
                label: device.deviceId,
                groupId: '',
                toJSON: () => ({}),
              })),
            ),
        },
      },
      document: {
        ...target,
        get hidden() {
          return hidden();
        },
      },
    };
    this.sound = new CallSound({
      page,
      outputId: undefined,
      microphone: () => ({
        state: 'open',
        device: undefined,
        devicesChanged: (devices) => {
          this.told.push(devices);
          return Promise.resolve();
        },
      }),
      setOutput: (deviceId) => {
        if (deviceId === 'nowhere') return Promise.reject(new PrismClientError('output_missing'));
        this.outputs.push(deviceId);
        return Promise.resolve();
      },
      tell: (change) => this.changes.push(change),
    });
  }

  async happens(type: string): Promise<void> {
    this.events.dispatchEvent(new Event(type));
    await settle();
  }
}

suite('the page’s side of a call’s sound', () => {
  test('[DVC1] [DVC2] the page is told of every change of the devices, by kind, id and label', async () => {
    const page = new Page();
    page.devices = [
      { kind: 'audioinput', deviceId: 'mic' },
      { kind: 'videoinput', deviceId: 'camera' },
      { kind: 'audiooutput', deviceId: 'speaker' },
    ];
    await page.happens('devicechange');
    const devices = [
      { id: 'mic', kind: 'microphone', label: 'mic' },
      { id: 'speaker', kind: 'output', label: 'speaker' },
    ];
    assert.deepEqual(page.changes, [{ type: 'devices', devices }]);
    assert.deepEqual(page.told, [devices]);
    page.sound.close();
    await page.happens('devicechange');
    await page.happens('visibilitychange');
    assert.equal(page.changes.length, 1);
  });

  test('[DVC11] the page is told when it goes to the background and comes back', async () => {
    const page = new Page();
    for (const isHidden of [true, false]) {
      page.isHidden = isHidden;
      await page.happens('visibilitychange');
      assert.deepEqual(page.changes.at(-1), { type: 'page', isHidden });
      assert.equal(page.sound.state.isPageHidden, isHidden);
    }
  });

  test('[DVC12] a chosen output that is unplugged is followed by the system’s own; one that can’t be had changes nothing', async () => {
    const page = new Page();
    page.devices = [{ kind: 'audiooutput', deviceId: 'speaker' }];
    await page.sound.chooseOutput('speaker');
    assert.equal(page.sound.state.outputId, 'speaker');
    await assert.rejects(page.sound.chooseOutput('nowhere'), { code: 'output_missing' });
    assert.equal(page.sound.state.outputId, 'speaker');
    await page.happens('devicechange');
    assert.equal(page.sound.state.outputId, 'speaker');
    page.devices = [{ kind: 'audiooutput', deviceId: 'other' }];
    await page.happens('devicechange');
    assert.equal(page.sound.state.outputId, undefined);
    assert.deepEqual(page.outputs, ['speaker', undefined]);
    assert.deepEqual(page.changes.at(-1), { type: 'output', cause: 'unplugged' });
  });

  test('[DVC12] an output is set where the browser can, and refused by name where it can’t', async () => {
    const ids: string[] = [];
    const failing = (name: string): object => ({
      setSinkId: () => Promise.reject(new DOMException('x', name)),
    });
    const able = {
      setSinkId: (id: string) => {
        ids.push(id);
        return Promise.resolve();
      },
    };
    await setOutputDevice(able, 'speaker');
    await setOutputDevice(able, undefined);
    assert.deepEqual(ids, ['speaker', '']);
    await setOutputDevice({}, undefined);
    await assert.rejects(setOutputDevice({}, 'speaker'), { code: 'output_unsupported' });
    await assert.rejects(setOutputDevice(failing('NotFoundError'), 'x'), {
      code: 'output_missing',
    });
    await assert.rejects(setOutputDevice(failing('NotAllowedError'), 'x'), {
      code: 'output_failed',
    });
  });

  test('[DVC8] who closes the question for the microphone isn’t who denies it', async () => {
    const answers = new Map([
      ['prompt', 'microphone_dismissed'],
      ['denied', 'microphone_denied'],
      ['granted', 'microphone_denied'],
    ]);
    for (const [state, code] of answers) {
      const page = {
        isSecureContext: true,
        navigator: {
          mediaDevices: {
            getUserMedia: () => Promise.reject(new DOMException('x', 'NotAllowedError')),
          },
          permissions: { query: () => Promise.resolve(statusOf(state)) },
        },
      };
      await assert.rejects(openMicrophone(page), { code });
    }
  });

  test('[DVC9] [DVC10] a context that never ran waits for a gesture, one that stops was suspended; each is told once', () => {
    const context = new FakeContext();
    const page = new Page();
    const watch = new ContextWatch(context, (state, error) => page.sound.played(state, error));
    const codes = (): readonly unknown[] =>
      page.changes.map((change) => (change.type === 'playback' ? change.error?.code : 'other'));
    watch.check();
    watch.check();
    assert.deepEqual(codes(), ['audio_blocked']);
    for (const state of ['running', 'suspended', 'interrupted', 'running', 'closed'])
      context.become(state);
    assert.deepEqual(codes(), ['audio_blocked', undefined, 'audio_suspended', undefined]);
    assert.equal(page.sound.state.playback, 'playing');
    watch.close();
    context.become('suspended');
    assert.equal(page.changes.length, 4);
  });
});

class FakeContext extends EventTarget {
  state = 'suspended';

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

function statusOf(state: string): PermissionStatus {
  const status = {
    name: 'microphone',
    onchange: null,
    state: state === 'prompt' ? 'prompt' : state === 'denied' ? 'denied' : 'granted',
  } as const;
  return Object.assign(new EventTarget(), status);
}
