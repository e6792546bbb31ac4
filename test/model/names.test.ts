import { isDefaultTaskName } from '../../model/names';

it.each(['default', 'default-oms', 'default-c1'])('%s is the name of a default task of cluster c1', (name) => {
  expect(isDefaultTaskName('c1', name)).toBe(true);
});

it.each(['default-c2', 'default-', 'Default', 'defaults', 'my-default', 'default-c1-old'])(
  '%s is not the name of a default task of cluster c1',
  (name) => expect(isDefaultTaskName('c1', name)).toBe(false),
);
