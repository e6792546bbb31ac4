import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ClusterState } from '../model/cluster-state';
import type { Answer, Command, Registration } from '../model/command';
import { messages } from '../model/messages';
import type { RunProgress, StepProgress } from '../model/run';

export const commandSignal = defineSignal<[Command]>(messages.command);
export const registerSignal = defineSignal<[Registration]>(messages.register);
export const answerSignal = defineSignal<[string, Answer]>(messages.answer);
export const progressSignal = defineSignal<[StepProgress]>(messages.progress);
export const stateQuery = defineQuery<ClusterState>(messages.state);
export const runProgressQuery = defineQuery<RunProgress>(messages.runProgress);
