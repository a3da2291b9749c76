import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, Service } from '../../api/index.ts'
import { desiredEndpoints } from './plan.ts'

const service = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }], ...spec },
})
const pod = (...ips: readonly string[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'default' },
  spec: { containers: [{ name: 'main' }] },
  status: { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })), conditions: [{ type: 'Ready', status: 'True' }] },
})
const addresses = (spec: Service['spec'], ...ips: readonly string[]): string[] =>
  (desiredEndpoints(service(spec), [pod(...ips)]).subsets ?? []).flatMap((subset) => (subset.addresses ?? []).map(({ ip }) => ip))

test("Endpoints have the Pods' addresses of the Service's primary family [EPS-3] [SVC-9]", () => {
  const both = ['10.244.0.2', 'fd00:10:244::2']
  assert.deepEqual(addresses({ ipFamilies: ['IPv4', 'IPv6'] }, ...both), ['10.244.0.2'])
  assert.deepEqual(addresses({ ipFamilies: ['IPv6', 'IPv4'] }, ...both), ['fd00:10:244::2'])
  assert.deepEqual(addresses({ ipFamilies: ['IPv6'] }, '10.244.0.2'), [])
  assert.deepEqual(addresses({ clusterIP: 'fd00:10:96::a' }, ...both), ['fd00:10:244::2'])
})
