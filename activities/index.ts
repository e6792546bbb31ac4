import { createBackUpActivities } from './back-up';
import { createBackUpDataActivities } from './back-up-data';
import { createCheckActivities } from './check-target';
import { createCleanActivities } from './clean-sets';
import { createClusterActivities } from './cluster';
import { withFailures } from './failure';
import type { Channel } from '../model/channel';
import { createActiveHostActivities, createMirrorActivities } from './mirror';
import { createNotifyActivities } from './notify';
import { createPauseActivities } from './pause-clusters';
import { createPlanActivities } from './plan';
import type { Plugins } from './plugins';
import { createReleaseActivities } from './release-task';
import { createResolveDataActivities } from './resolve-data';
import { createRestoreActivities } from './restore';
import { createRestoreDataActivities } from './restore-data';
import { createScheduleActivities } from './schedules';
import { createSetActivities } from './sets';
import { createSpaceActivities } from './space';
import { createVolumeActivities } from './volume';

/** Activities of the `control` queue: quick steps. */
export function createControlActivities(plugins: Plugins) {
  return withFailures({
    ...createPlanActivities(plugins),
    ...createPauseActivities(plugins),
    ...createClusterActivities(),
    ...createScheduleActivities(),
    ...createActiveHostActivities(plugins),
  });
}

/** Activities of a host's own queue: steps that need its disk. */
export function createHostActivities(plugins: Plugins) {
  return withFailures({
    ...createBackUpActivities(plugins),
    ...createBackUpDataActivities(plugins),
    ...createCheckActivities(plugins),
    ...createCleanActivities(plugins),
    ...createResolveDataActivities(plugins),
    ...createRestoreActivities(plugins),
    ...createRestoreDataActivities(plugins),
    ...createReleaseActivities(plugins),
    ...createSetActivities(plugins),
    ...createSpaceActivities(plugins),
    ...createVolumeActivities(plugins),
    ...createMirrorActivities(plugins),
  });
}

/** The activity of a notification channel's own queue. */
export function createChannelActivities(name: string, channel: Channel) {
  return withFailures(createNotifyActivities(name, channel));
}
