import { upsertSearchAttributes } from '@temporalio/workflow';
import type { MeasureStep } from '../activities/volume';
import { productSettings } from '../model/settings';
import { clusterAttribute } from './labels';
import { reasonOf } from './outcome';
import { controlSteps, hostSteps } from './steps';

export interface MeasureVolumeInput {
  readonly cluster: string;
  readonly sources: readonly Omit<MeasureStep, 'cluster'>[];
}

/** Bytes of a source's data; or why nobody could tell, and the error's kind. */
export type MeasuredSource = { readonly bytes: number } | { readonly reason: string; readonly errorKind: string };

/** Whoever asks waits for it. */
const patience = { attempts: 2, scheduleToStartTimeout: '10 seconds' } as const;

/**
 * How much service data these sources of tasks have now, in their order. Changes nothing; one that cannot be measured does
 * not fail the others.
 */
export async function measureVolume({ cluster, sources }: MeasureVolumeInput): Promise<readonly MeasuredSource[]> {
  upsertSearchAttributes(clusterAttribute(cluster));
  const measured: MeasuredSource[] = [];
  for (const source of sources) measured.push(await measure({ cluster, ...source }));
  return measured;
}

async function measure(step: MeasureStep): Promise<MeasuredSource> {
  const { cluster, source } = step;
  try {
    const { hosts } = await controlSteps(productSettings).planData({ cluster, source, purpose: 'backUp' });
    const { attempts, scheduleToStartTimeout } = patience;
    const steps = hostSteps(hosts[0]!, { ...productSettings, attempts }, { scheduleToStartTimeout });
    const { bytes } = await steps.measureData(step);
    return { bytes };
  } catch (error) {
    return reasonOf(error);
  }
}
