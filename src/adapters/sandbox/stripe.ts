import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlRow } from './database.ts';
import { numberOf, optionalTextOf, parameters, textOf } from './parameters.ts';
import { isoTime, nextNumber } from './state.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool, World } from './tool.ts';

const email = { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$', description: 'E-mail address.' };
const customer = { type: 'string', pattern: '^cus_', description: 'Id of the customer, such as cus_1001.' };
const subscription = { type: 'string', pattern: '^sub_', description: 'Id of the subscription, such as sub_1001.' };
const limit = { type: 'integer', minimum: 1, maximum: 100 };
const common = { server: 'stripe', keptIn: 'state' } as const;

export const stripeTools: readonly SandboxTool[] = [
  {
    ...common,
    name: 'createCustomer',
    description: 'Creates a customer. Like the real one, it does not mind a second one with the same address.',
    parameters: parameters({ email }, { name: { type: 'string' }, metadata: { type: 'object' } }),
    perform: createCustomer,
  },
  {
    ...common,
    name: 'getCustomer',
    description: 'A customer.',
    parameters: parameters({ customer }),
    perform: (params, world) => showCustomer(findCustomer(params, world)),
  },
  {
    ...common,
    name: 'listCustomers',
    description: 'Lists customers, newest first, all of them or those with one address.',
    parameters: parameters({}, { email, limit }),
    perform: listCustomers,
  },
  {
    ...common,
    name: 'listPrices',
    description: 'Lists the prices that a subscription can have.',
    parameters: parameters({}),
    perform: () => prices.map((price) => ({ ...price, currency: 'usd', interval: 'month' })),
  },
  {
    ...common,
    name: 'createSubscription',
    description: 'Subscribes a customer to a price.',
    parameters: parameters({ customer, priceId: { type: 'string', pattern: '^price_' } }),
    perform: createSubscription,
  },
  {
    ...common,
    name: 'getSubscription',
    description: 'A subscription.',
    parameters: parameters({ subscription }),
    perform: (params, world) => showSubscription(findSubscription(params, world)),
  },
  {
    ...common,
    name: 'listSubscriptions',
    description: 'Lists the subscriptions of a customer, newest first.',
    parameters: parameters({ customer }, { limit }),
    perform: listSubscriptions,
  },
  {
    ...common,
    name: 'cancelSubscription',
    description: 'Cancels a subscription.',
    parameters: parameters({ subscription }),
    perform: cancelSubscription,
  },
];

const prices = [
  { id: 'price_starter', amount: 900 },
  { id: 'price_pro', amount: 2_900 },
  { id: 'price_scale', amount: 9_900 },
];

function createCustomer(params: JsonObject, { database, now }: World): Json {
  const metadata = JSON.stringify(params['metadata'] ?? {});
  const [row] = database.all(
    'INSERT INTO customers (number, email, name, metadata, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *',
    [nextNumber(database, 'customer'), textOf(params, 'email'), optionalTextOf(params, 'name'), metadata, now],
  );
  return showCustomer(row ?? {});
}

function listCustomers(params: JsonObject, { database }: World): Json {
  const address = optionalTextOf(params, 'email');
  const rows = database.all('SELECT * FROM customers WHERE email = ? OR ? IS NULL ORDER BY number DESC LIMIT ?', [
    address,
    address,
    numberOf(params, 'limit', 10),
  ]);
  return rows.map(showCustomer);
}

function createSubscription(params: JsonObject, world: World): Json {
  const owner = findCustomer(params, world);
  const price = textOf(params, 'priceId');
  if (!prices.some(({ id }) => id === price)) {
    const known = prices.map(({ id }) => id).join(', ');
    throw new ToolRefusal(400, `params.priceId: there is no price "${price}". There are: ${known}.`);
  }
  const [row] = world.database.all(
    `INSERT INTO subscriptions (number, customer, price, status, created_at) VALUES (?, ?, ?, 'active', ?) RETURNING *`,
    [nextNumber(world.database, 'subscription'), Number(owner['number']), price, world.now],
  );
  return showSubscription(row ?? {});
}

function listSubscriptions(params: JsonObject, world: World): Json {
  const owner = findCustomer(params, world);
  const rows = world.database.all('SELECT * FROM subscriptions WHERE customer = ? ORDER BY number DESC LIMIT ?', [
    Number(owner['number']),
    numberOf(params, 'limit', 10),
  ]);
  return rows.map(showSubscription);
}

function cancelSubscription(params: JsonObject, world: World): Json {
  const found = findSubscription(params, world);
  const [row] = world.database.all(`UPDATE subscriptions SET status = 'canceled' WHERE number = ? RETURNING *`, [
    Number(found['number']),
  ]);
  return showSubscription(row ?? found);
}

function findCustomer(params: JsonObject, { database }: World): SqlRow {
  const id = textOf(params, 'customer');
  const [row] = database.all('SELECT * FROM customers WHERE number = ?', [Number(id.slice('cus_'.length))]);
  if (row === undefined) throw new ToolRefusal(404, `There is no customer "${id}".`);
  return row;
}

function findSubscription(params: JsonObject, { database }: World): SqlRow {
  const id = textOf(params, 'subscription');
  const [row] = database.all('SELECT * FROM subscriptions WHERE number = ?', [Number(id.slice('sub_'.length))]);
  if (row === undefined) throw new ToolRefusal(404, `There is no subscription "${id}".`);
  return row;
}

function showCustomer(row: SqlRow): Json {
  return {
    id: `cus_${Number(row['number'])}`,
    email: String(row['email']),
    name: typeof row['name'] === 'string' ? row['name'] : null,
    metadata: JSON.parse(String(row['metadata'])) as Json,
    created_at: isoTime(Number(row['created_at'])),
  };
}

function showSubscription(row: SqlRow): Json {
  return {
    id: `sub_${Number(row['number'])}`,
    customer: `cus_${Number(row['customer'])}`,
    price: String(row['price']),
    status: String(row['status']),
    created_at: isoTime(Number(row['created_at'])),
  };
}
