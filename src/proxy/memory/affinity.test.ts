import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Service } from '../../api/index.ts'
import { clientMapsOf, keptClients } from './affinity.ts'

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'sticky' },
  spec: {
    clusterIP: '10.96.0.30',
    clusterIPs: ['10.96.0.30', 'fd00::30'],
    sessionAffinity: 'ClientIP',
    ports: [{ port: 80, protocol: 'TCP', nodePort: 30030 }],
  },
}
const slices: readonly EndpointSlice[] = [
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {},
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: [{ addresses: ['10.244.0.2'], targetRef: { kind: 'Pod', name: 'kubia-a' } }],
  },
]
const element = (key: readonly (string | number)[], target: readonly (string | number)[], expires: number) => [
  { elem: { val: { concat: key }, timeout: 10_800, expires } },
  { concat: target },
]

test('the clients of a Service are read from the maps of the kernel [NET-8]', () => {
  const maps = clientMapsOf(service)
  assert.deepEqual(
    maps.map(({ name }) => name),
    ['ip', 'ip6'].flatMap((family) => [`${family} portolan-proxy tcp-clients`, `${family} portolan-proxy tcp-nodeport-clients`]),
  )
  const elements = [
    element(['192.168.1.10', '10.96.0.30', 80], ['10.244.0.2', 8080], 7_000),
    element(['10.244.0.9', '10.96.0.30', 80], ['10.244.0.3', 8080], 12),
    element(['192.168.1.10', '10.96.0.31', 80], ['10.244.0.2', 8080], 7_000),
  ]
  assert.deepEqual(keptClients(maps[0]!, elements, { service, slices }), [
    { client: '10.244.0.9', by: '10.96.0.30:80/tcp', pod: undefined, endpoint: '10.244.0.3:8080', secondsLeft: 12 },
    { client: '192.168.1.10', by: '10.96.0.30:80/tcp', pod: 'kubia-a', endpoint: '10.244.0.2:8080', secondsLeft: 7_000 },
  ])
  const byNodePort = [element(['fd00::9', 30030], ['fd00::2', 8080], 5)]
  assert.deepEqual(keptClients(maps[3]!, byNodePort, { service, slices }), [
    { client: 'fd00::9', by: ':30030/tcp', pod: undefined, endpoint: '[fd00::2]:8080', secondsLeft: 5 },
  ])
  assert.deepEqual(clientMapsOf({ ...service, spec: { ...service.spec, sessionAffinity: 'None' } }), [])
})
