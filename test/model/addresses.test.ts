import { checkInput } from '../../model/input';
import { nameServiceSchema } from '../../model/name-node';

const withAddress = (http: string) => ({ nameNodes: [{ http, host: 'nn1', nameDirs: ['/nn'] }] });

/** Addresses stand in messages, histories' failures and logs. */
test("a NameNode's address that holds a password is refused, and the refusal does not repeat it", () => {
  const refused = () =>
    checkInput(nameServiceSchema, withAddress('http://cairn:canary-password@nn1:9870'), 'cairn.yaml');
  expect(refused).toThrow('nameNodes[0].http: found "http://…@nn1:9870"; allowed: a URL without user and password');
});

test('one without is taken', () => {
  const { nameNodes } = checkInput(nameServiceSchema, withAddress('http://nn1:9870'), 'cairn.yaml');
  expect(nameNodes).toMatchObject([{ http: 'http://nn1:9870' }]);
});
