import { type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;
type Metadata = Parameters<Call['start']>[0];
type Listener = Parameters<Call['start']>[1];

/** gRPC's CANCELLED. */
const cancelled = 1;

/**
 * Temporal's own way to try calls again, which goes on when nobody waits for one any more. Behind a connection that was
 * closed meanwhile, the next try would throw where nobody can catch it, and end the process: here it ends as cancelled.
 */
export const interceptors: Interceptor[] = [
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  (options, nextCall) => {
    try {
      return nextCall(options) as Call;
    } catch (error) {
      return endedCall(String(error)) as Call;
    }
  },
];

/** What gRPC makes of a call that it cannot even begin. */
function endedCall(
  details: string,
): Pick<Call, 'start' | 'sendMessage' | 'halfClose' | 'cancelWithStatus' | 'getPeer'> {
  return {
    start(metadata: Metadata, listener: Listener) {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: cancelled, details, metadata });
    },
    sendMessage: () => undefined,
    halfClose: () => undefined,
    cancelWithStatus: () => undefined,
    getPeer: () => '',
  };
}
