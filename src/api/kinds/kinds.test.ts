import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { table } from '../machinery/index.ts'
import { apiVersionOf } from '../object.ts'
import type { Draft, KubeObject } from '../object.ts'
import { openapiV3 } from '../openapi/index.ts'
import { schemas } from '../schemas/index.ts'
import { kinds } from './index.ts'

const kindOf = (name: string) => kinds.find((kind) => kind.kind === name)!
const NOW = Date.parse('2026-01-01T01:00:00Z')

describe('every kind', () => {
  for (const kind of kinds) {
    test(`${apiVersionOf(kind)} ${kind.kind} has a schema, and bears an object that says nothing`, () => {
      assert.ok(schemas()[kind.schema], kind.schema)
      const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name: 'a' } } as Draft<KubeObject>
      kind.setDefaults?.(object)
      kind.prepareForCreate?.(object)
      kind.validate?.(object as KubeObject)
      kind.selectableFields?.(object as KubeObject)
      table(kind, [object as KubeObject], { now: NOW, metadata: {} })
      const again = structuredClone(object)
      kind.setDefaults?.(again)
      assert.deepEqual(again, object, 'defaults are set once')
    })
  }

  test('has names of its own', () => {
    for (const names of [kinds.map((kind) => `${kind.plural}.${kind.group}`), kinds.map((kind) => kind.schema)]) {
      assert.equal(new Set(names).size, names.length)
    }
  })
})

/** What `kubectl get` shows, without the name, and with the columns of `-o wide` after the bar. */
function cells(kind: string, object: object): string {
  const { columnDefinitions, rows } = table(
    kindOf(kind),
    [{ metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }, ...object } as KubeObject],
    {
      now: NOW,
      metadata: {},
    },
  )
  const shown = (priority: number) =>
    rows[0]?.cells.filter(
      (_, index) => columnDefinitions[index]?.priority === priority && columnDefinitions[index]?.name !== 'Name',
    )
  return `${shown(0)?.join(' ')} | ${shown(1)?.join(' ')}`
}

const service = (spec: object, ingress: object[] = []): object => ({
  spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'], ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  status: { loadBalancer: { ingress } },
})

describe('kubectl get svc prints what upstream prints [SVC-11] [POD-5]', () => {
  const CASES: readonly (readonly [object, string])[] = [
    [service({ selector: { app: 'kubia' } }), 'ClusterIP 10.96.0.7 <none> 80/TCP 60m | app=kubia'],
    [service({ clusterIPs: ['None'] }), 'ClusterIP None <none> 80/TCP 60m | <none>'],
    [
      service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30008, protocol: 'TCP' }] }),
      'NodePort 10.96.0.7 <none> 80:30008/TCP 60m | <none>',
    ],
    [service({ type: 'LoadBalancer' }), 'LoadBalancer 10.96.0.7 <pending> 80/TCP 60m | <none>'],
    [
      service({ type: 'LoadBalancer' }, [{ ip: '192.0.2.9' }, { hostname: 'a.b' }]),
      'LoadBalancer 10.96.0.7 192.0.2.9,a.b 80/TCP 60m | <none>',
    ],
    [service({ externalIPs: ['198.51.100.7'] }), 'ClusterIP 10.96.0.7 198.51.100.7 80/TCP 60m | <none>'],
    [
      service({ type: 'ExternalName', externalName: 'google.com', clusterIPs: [], ports: [] }),
      'ExternalName <none> google.com <none> 60m | <none>',
    ],
    [
      service({
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      }),
      'ClusterIP 10.96.0.7 <none> 53/UDP,53/TCP 60m | <none>',
    ],
  ]
  for (const [object, text] of CASES) test(text, () => assert.equal(cells('Service', object), text))
})

test('kubectl get nodes -o wide shows the machine beside its kernel [POD-1]', () => {
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [{ type: 'InternalIP', address: '172.18.0.2' }],
    nodeInfo: {
      kubeletVersion: 'v1.36.0',
      osImage: 'Debian',
      kernelVersion: '6.18',
      architecture: 'amd64',
      containerRuntimeVersion: 'crun://1.8',
    },
  }
  const text = 'Ready,SchedulingDisabled <none> 60m v1.36.0 | 172.18.0.2 <none> Debian 6.18 (amd64) crun://1.8'
  assert.equal(cells('Node', { spec: { unschedulable: true }, status }), text)
})

describe('kubectl get pods sums the containers up [POD-5]', () => {
  const status = (state: object, more: object = {}) => ({
    name: 'a',
    image: 'i',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
    ...more,
  })
  const pod = (statuses: object[], more: object = {}, metadata: object = {}): object => ({
    metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { containers: statuses.map(() => ({ name: 'a' })), nodeName: 'node1' },
    status: { phase: 'Running', podIPs: [{ ip: '10.244.0.2' }], containerStatuses: statuses, ...more },
  })
  const WIDE = '10.244.0.2 node1 <none> <none>'
  const running = status({ running: {} }, { ready: true })
  const CASES: readonly (readonly [object, string])[] = [
    [pod([running]), `1/1 Running 0 60m | ${WIDE}`],
    [pod([status({ waiting: { reason: 'ContainerCreating' } })], { phase: 'Pending' }), `0/1 ContainerCreating 0 60m | ${WIDE}`],
    [
      pod([
        status(
          { waiting: { reason: 'CrashLoopBackOff' } },
          { restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:58:00Z' } } },
        ),
      ]),
      `0/1 CrashLoopBackOff 3 (2m ago) 60m | ${WIDE}`,
    ],
    [
      pod([status({ terminated: { exitCode: 0, reason: 'Completed' } })], { phase: 'Succeeded' }),
      `0/1 Completed 0 60m | ${WIDE}`,
    ],
    [pod([status({ terminated: { exitCode: 137, signal: 9 } })], { phase: 'Failed' }), `0/1 Signal:9 0 60m | ${WIDE}`],
    [pod([status({ terminated: { exitCode: 0, reason: 'Completed' } }), running]), `1/2 NotReady 0 60m | ${WIDE}`],
    [pod([running], {}, { deletionTimestamp: '2026-01-01T00:59:00Z' }), `1/1 Terminating 0 60m | ${WIDE}`],
    [pod([running], { reason: 'Evicted', phase: 'Failed', containerStatuses: [] }), `0/1 Evicted 0 60m | ${WIDE}`],
    [pod([], { phase: 'Pending', initContainerStatuses: [status({ running: {} })] }), `0/0 Init:0/0 0 60m | ${WIDE}`],
    [
      pod([], { phase: 'Pending', initContainerStatuses: [status({ waiting: { reason: 'ErrImagePull' } })] }),
      `0/0 Init:ErrImagePull 0 60m | ${WIDE}`,
    ],
  ]
  for (const [object, text] of CASES) test(text, () => assert.equal(cells('Pod', object), text))
})

test('Endpoints and EndpointSlices show three and count the rest [EPS-3]', () => {
  const addresses = ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']
  assert.equal(
    cells('Endpoints', { subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port: 80 }] }] }),
    '10.1.0.1:80,10.1.0.2:80,10.1.0.3:80 + 1 more... 60m | ',
  )
  assert.equal(
    cells('EndpointSlice', {
      addressType: 'IPv4',
      endpoints: addresses.map((ip) => ({ addresses: [ip] })),
      ports: [{ port: 80 }],
    }),
    'IPv4 80 10.1.0.1,10.1.0.2,10.1.0.3 + 1 more... 60m | ',
  )
  assert.equal(cells('Endpoints', {}), '<none> 60m | ')
})

test('an Event is read under either group version as it was written under the other [POD-7]', () => {
  const [core, events] = kinds.filter((kind) => kind.kind === 'Event')
  const stored = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod' },
    message: 'hi',
    count: 2,
  } as unknown as KubeObject
  const shown = events!.storedAs!.fromStored(stored)
  assert.deepEqual(shown, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e' },
    regarding: { kind: 'Pod' },
    note: 'hi',
    deprecatedCount: 2,
  })
  assert.deepEqual(events!.storedAs!.toStored(shown), stored)
  assert.equal(events!.storedAs!.resource.plural, core!.plural)
})

describe('OpenAPI v3', () => {
  for (const groupVersion of new Set(kinds.map(apiVersionOf))) {
    test(`${groupVersion} refers to nothing that it leaves out, and lets kubectl leave validation to the server`, () => {
      const document = openapiV3(groupVersion, kinds, schemas())
      for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
        assert.ok(name in document.components.schemas, name)
      }
      for (const kind of kinds.filter((one) => apiVersionOf(one) === groupVersion)) {
        const [, item] = Object.entries(document.paths).find(([path]) => path.endsWith(`/${kind.plural}/{name}`))!
        const { parameters, ...patch } = item['patch'] as {
          parameters: { name: string }[]
          'x-kubernetes-group-version-kind': object
        }
        assert.ok(
          parameters.some(({ name }) => name === 'fieldValidation'),
          kind.kind,
        )
        assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: kind.group, kind: kind.kind, version: kind.version })
      }
    })
  }
})
