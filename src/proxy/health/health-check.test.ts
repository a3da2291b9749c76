import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Service } from '../../api/index.ts'
import { openSocket } from '../../kernel/index.ts'
import { eventually } from '../../testing/index.ts'
import { createHealthChecks, healthCheckOf } from './health-check.ts'

const service = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'kubia' },
  spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30999, ...spec },
})

const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {},
  addressType: 'IPv4',
  endpoints: [
    { addresses: ['10.244.0.2'], nodeName: 'node1', conditions: { ready: true } },
    { addresses: ['10.244.0.3'], nodeName: 'node1', conditions: { ready: false } },
    { addresses: ['10.244.1.2'], nodeName: 'node2', conditions: { ready: true } },
  ],
} satisfies EndpointSlice

test('a Service with the policy Local has a health check that counts the ready endpoints of this node [NET-7]', () => {
  const check = { namespace: 'default', name: 'kubia', port: 30999, localEndpoints: 1 }
  assert.deepEqual(healthCheckOf(service({}), [slice], 'node1'), check)
  assert.deepEqual(healthCheckOf(service({}), [slice], 'node3'), { ...check, localEndpoints: 0 })
  assert.equal(healthCheckOf(service({ externalTrafficPolicy: 'Cluster' }), [slice], 'node1'), undefined)
})

test('it answers 200 with the count, 503 for none, and nothing when the Service is gone [NET-7]', async () => {
  const free = await openSocket('127.0.0.1', 0)
  const { port } = free.address() as { port: number }
  await new Promise((resolve) => free.close(resolve))
  const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } })
  const end = new AbortController()
  let working = true
  const failures: unknown[] = []
  const failed = (owner: string, taken: number): void => void failures.push([owner, taken])
  const checks = createHealthChecks({ healthy: () => working, failed }, end.signal)
  const check = { namespace: 'default', name: 'kubia', port }
  try {
    checks.set('default/kubia', { ...check, localEndpoints: 2 })
    const healthy = await eventually(ask)
    assert.equal(healthy.status, 200)
    const body =
      '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "kubia"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}'
    assert.equal(await healthy.text(), body)
    checks.set('default/kubia', { ...check, localEndpoints: 0 })
    assert.equal((await ask()).status, 503)
    checks.set('default/kubia', { ...check, localEndpoints: 2 })
    working = false
    assert.equal((await ask()).status, 503)
    checks.set('default/other', { ...check, name: 'other', localEndpoints: 1 })
    await eventually(() => assert.deepEqual(failures, [['default/other', port]]))
    checks.set('default/kubia', undefined)
    await assert.rejects(ask())
  } finally {
    end.abort()
  }
})
