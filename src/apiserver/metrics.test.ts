import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from './testing/server.ts'

test('/metrics counts requests by verb, resource and code, and open watches', async () => {
  const { ask, raw, server } = await testServer()
  await ask('GET', '/api/v1/namespaces/default/services/kubernetes')
  await ask('GET', '/api/v1/namespaces/default/services/nix')
  const watch = (await raw('GET', '/api/v1/services?watch=1')).body as AsyncIterable<Uint8Array>
  const events = watch[Symbol.asyncIterator]()
  await events.next()
  const { body } = await ask('GET', '/metrics')
  assert.match(
    body,
    /apiserver_request_total\{verb="GET",group="",version="v1",resource="services",subresource="",code="200"\} 1/,
  )
  assert.match(
    body,
    /apiserver_request_total\{verb="GET",group="",version="v1",resource="services",subresource="",code="404"\} 1/,
  )
  assert.match(body, /apiserver_longrunning_requests 1/)
  await server.close()
  assert.equal((await events.next()).done, true, 'a watch ends when the server closes')
})
