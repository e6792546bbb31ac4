import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { underControl } from '../../activities/control';
import { withFailures } from '../../activities/failure';
import { installRuntime } from '../../workers/log';
import { BackupError, type ErrorKind, errorKinds } from '../../model/errors';

installRuntime();

async function failureOf(error: unknown): Promise<unknown> {
  const { step } = withFailures({ step: () => Promise.reject(error as Error) });
  return await new MockActivityEnvironment().run(step).catch((failure: unknown) => failure);
}

test.each(Object.keys(errorKinds) as ErrorKind[])(
  'an error of kind %s keeps its kind, message and facts, and is retried as the table says',
  async (kind) => {
    const failure = await failureOf(new BackupError(kind, 'the disk went away', { hint: 'look for it', disk: 'sda' }));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: kind,
      nonRetryable: !errorKinds[kind].retried,
      message: 'the disk went away HINT: look for it',
      details: [{ disk: 'sda', hint: 'look for it' }],
    });
  },
);

test('an error that nobody expected is left to the retries', async () => {
  expect(await failureOf(new TypeError('x is undefined'))).toBeInstanceOf(TypeError);
});

test('a step that is stopped ends as stopped, whatever it throws on the way', async () => {
  const environment = new MockActivityEnvironment();
  const { step } = withFailures({
    step: () =>
      underControl(undefined, undefined, async ({ signal }) => {
        environment.cancel('CANCELLED');
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new BackupError('cancelled', 'stopped in the middle');
      }),
  });
  await expect(environment.run(step)).rejects.toBeInstanceOf(CancelledFailure);
});

test('a step hears what the attempt before it reported, and what it reports goes out with its heartbeats', async () => {
  const environment = new MockActivityEnvironment({
    heartbeatDetails: { bytes: 7, resume: 'part 3' },
    heartbeatTimeoutMs: 60,
  });
  const heard: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => heard.push(details));
  const resume = await environment.run(() =>
    underControl(undefined, undefined, async (control) => {
      control.report({ bytes: 10, totalBytes: 20 });
      while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      return control.resume;
    }),
  );
  expect(resume).toBe('part 3');
  expect(heard[0]).toEqual({ resume: 'part 3' });
  expect(heard.at(-1)).toEqual({ resume: 'part 3', bytes: 10, totalBytes: 20 });
});
