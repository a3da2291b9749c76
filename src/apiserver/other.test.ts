import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from './testing/server.ts'

test('health is told as a whole, check by check, and without some', async () => {
  const { ask, server } = await testServer()
  for (const path of ['/livez', '/readyz', '/healthz', '/livez/ping', '/readyz/etcd'])
    assert.deepEqual([(await ask('GET', path)).status, (await ask('GET', path)).body], [200, 'ok'])
  const verbose = (await ask('GET', '/readyz?verbose&exclude=etcd')).body
  assert.equal(verbose, '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\n[+]shutdown ok\nreadyz check passed\n')
  assert.equal((await ask('GET', '/readyz/nix')).status, 404)
  await server.close()
  const closed = await ask('GET', '/readyz')
  assert.equal(closed.status, 500)
  assert.match(closed.body, /\[-\]shutdown failed: reason withheld\nreadyz check failed\n$/)
})

test('the root lists what there is, and nothing of it can be written', async () => {
  const { ask } = await testServer()
  const { body } = await ask('GET', '/')
  for (const path of ['/api/v1', '/apis/apps', '/apis/apps/v1', '/openapi/v2', '/version'])
    assert.ok(body.paths.includes(path), path)
  for (const path of body.paths.filter((one: string) => one !== '/metrics'))
    assert.equal((await ask('GET', path)).status, 200, path)
  assert.equal((await ask('POST', '/version', {})).status, 405)
  assert.equal((await ask('DELETE', '/apis/apps')).status, 405)
  assert.equal((await ask('GET', '/nix')).status, 404)
})

test('a timeout is a duration, though a long one', async () => {
  const { ask } = await testServer()
  for (const timeout of ['', '0s', '3m', '1h1.5m', '500ms'])
    assert.equal((await ask('GET', `/version?timeout=${timeout}`)).status, 200, timeout)
  const { status, body } = await ask('GET', '/version?timeout=invalid')
  const message = 'invalid timeout specified in the request URL - time: invalid duration "invalid"'
  assert.deepEqual([status, body.reason, body.message], [400, 'BadRequest', message])
  assert.match((await ask('GET', '/api/v1/pods?timeout=5')).body.message, /missing unit in duration "5"$/)
})

test('an answer to a question is no table', async () => {
  const { ask } = await testServer()
  const question = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }
  const review = (accept: string) =>
    ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', question, { headers: { accept } })
  assert.equal((await review('application/json;as=Table;v=v1;g=meta.k8s.io')).status, 406)
  assert.equal((await review('application/json;as=Table;v=v1;g=meta.k8s.io,application/json')).status, 201)
})
