import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../kinds/index.ts'
import type { KubeObject } from '../object.ts'
import { applyPatch, isPatchError } from './index.ts'
import type { PatchType } from './index.ts'

const kindOf = (name: string) => kinds.find((kind) => kind.kind === name)!

interface Case {
  readonly of?: string
  readonly object: unknown
  readonly patch: unknown
}

const patched = (type: PatchType, { of = 'Pod', object, patch }: Case): unknown =>
  applyPatch(kindOf(of), object as KubeObject, { type: type, patch })

const strategic = (given: Case): unknown => patched('application/strategic-merge-patch+json', given)
const refused = (httpCode: number) => (error: unknown) => isPatchError(error) && error.httpCode === httpCode

const pod = (containers: unknown) => ({ spec: { containers } })

test('a container is merged by its name and a new one comes first, as upstream has it [SVC-3]', () => {
  const object = pod([
    { name: 'a', image: 'one' },
    { name: 'b', image: 'two' },
  ])
  assert.deepEqual(
    strategic({
      object,
      patch: pod([
        { name: 'b', image: 'three' },
        { name: 'c', image: 'new' },
      ]),
    }),
    {
      spec: {
        containers: [
          { name: 'a', image: 'one' },
          { name: 'b', image: 'three' },
          { name: 'c', image: 'new' },
        ],
      },
    },
  )
  assert.deepEqual(strategic({ object, patch: pod([{ name: 'c', image: 'new' }]) }), {
    spec: {
      containers: [
        { name: 'c', image: 'new' },
        { name: 'a', image: 'one' },
        { name: 'b', image: 'two' },
      ],
    },
  })
})

test('$setElementOrder moves what the client knows and leaves the rest where it was', () => {
  const object = pod([{ name: 'a' }, { name: 'injected' }, { name: 'b' }])
  const patch = {
    spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'a', image: 'x' }] },
  }
  assert.deepEqual(strategic({ object, patch }), {
    spec: { containers: [{ name: 'injected' }, { name: 'b' }, { name: 'a', image: 'x' }] },
  })
})

test('$patch: delete takes an element away, $patch: replace the whole list', () => {
  const object = pod([{ name: 'a' }, { name: 'b' }])
  assert.deepEqual(strategic({ object, patch: pod([{ name: 'a', $patch: 'delete' }]) }), pod([{ name: 'b' }]))
  assert.deepEqual(strategic({ object, patch: pod([{ $patch: 'replace' }, { name: 'c' }]) }), pod([{ name: 'c' }]))
})

test('$patch: replace and delete on objects', () => {
  const object = { spec: { securityContext: { runAsUser: 1, fsGroup: 2 } } }
  const replace = { spec: { securityContext: { $patch: 'replace', runAsUser: 3 } } }
  assert.deepEqual(strategic({ object, patch: replace }), { spec: { securityContext: { runAsUser: 3 } } })
  const remove = { spec: { securityContext: { $patch: 'delete' } } }
  assert.deepEqual(strategic({ object, patch: remove }), { spec: { securityContext: {} } })
})

test('kubectl apply changes the strategy of a Deployment through $retainKeys', () => {
  const object = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: null } } }
  assert.deepEqual(strategic({ of: 'Deployment', object, patch }), { spec: { strategy: { type: 'Recreate' } } })
})

test('a volume of another kind replaces the one of the same name', () => {
  const object = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }
  const patch = { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } }
  assert.deepEqual(strategic({ object, patch }), { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } })
})

test('finalizers are added to, and deleted from by $deleteFromPrimitiveList', () => {
  const object = { metadata: { finalizers: ['a/a', 'b/b'] } }
  const add = { metadata: { finalizers: ['c/c', 'a/a'] } }
  assert.deepEqual(
    new Set((strategic({ object, patch: add }) as typeof object).metadata.finalizers),
    new Set(['a/a', 'b/b', 'c/c']),
  )
  const remove = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] } }
  assert.deepEqual(strategic({ object, patch: remove }), { metadata: { finalizers: ['b/b'] } })
})

test('the ports of a Service merge by number: apply changes one of two [SVC-3] [SVC-5]', () => {
  const object = {
    spec: {
      ports: [
        { name: 'http', port: 80, nodePort: 30080 },
        { name: 'https', port: 443 },
      ],
    },
  }
  const patch = {
    spec: { '$setElementOrder/ports': [{ port: 80 }, { port: 443 }], ports: [{ port: 80, targetPort: 'web' }] },
  }
  assert.deepEqual(strategic({ of: 'Service', object, patch }), {
    spec: {
      ports: [
        { name: 'http', port: 80, nodePort: 30080, targetPort: 'web' },
        { name: 'https', port: 443 },
      ],
    },
  })
})

test('lists without keys and selectors of maps: a list is replaced, a map is merged', () => {
  const object = { spec: { externalIPs: ['1.2.3.4'], selector: { app: 'x', tier: 'y' } } }
  const patch = { spec: { externalIPs: ['5.6.7.8'], selector: { tier: null, role: 'z' } } }
  assert.deepEqual(strategic({ of: 'Service', object, patch }), {
    spec: { externalIPs: ['5.6.7.8'], selector: { app: 'x', role: 'z' } },
  })
})

test('nulls in new objects leave no trace', () => {
  assert.deepEqual(
    strategic({ object: {}, patch: { spec: { containers: [{ name: 'a', image: null }], nodeName: null } } }),
    pod([{ name: 'a' }]),
  )
})

test('a strategic patch that makes no sense is refused', () => {
  const object = pod([{ name: 'a' }])
  assert.throws(() => strategic({ object, patch: pod([{ image: 'x' }]) }), {
    message: 'map: {"image":"x"} does not contain declared merge key: name',
  })
  assert.throws(() => strategic({ object, patch: { spec: { $patch: 'frob' } } }), { message: 'Unknown patch type found: frob' })
  assert.throws(() => strategic({ object, patch: [] }), refused(400))
})

test('a merge patch follows RFC 7396, appendix A', () => {
  const merge = (object: unknown, patch: unknown) => patched('application/merge-patch+json', { object, patch })
  assert.deepEqual(merge({ a: 'b' }, { a: 'c' }), { a: 'c' })
  assert.deepEqual(merge({ a: 'b' }, { a: null }), {})
  assert.deepEqual(merge({ a: ['b'] }, { a: 'c' }), { a: 'c' })
  assert.deepEqual(merge({ a: [{ b: 'c' }] }, { a: [1] }), { a: [1] })
  assert.deepEqual(merge({}, { a: { bb: { ccc: null } } }), { a: { bb: {} } })
  assert.throws(() => merge({}, ['x']), refused(400))
})

test('a JSON patch follows RFC 6902 and is all or nothing', () => {
  const json = (object: unknown, patch: unknown) => patched('application/json-patch+json', { object, patch })
  const object = { spec: { ports: [{ port: 80 }] } }
  assert.deepEqual(json(object, [{ op: 'add', path: '/spec/ports/-', value: { port: 81 } }]), {
    spec: { ports: [{ port: 80 }, { port: 81 }] },
  })
  assert.deepEqual(
    json(object, [
      { op: 'test', path: '/spec/ports/0/port', value: 80 },
      { op: 'remove', path: '/spec/ports/0' },
    ]),
    { spec: { ports: [] } },
  )
  assert.throws(() => json(object, [{ op: 'test', path: '/spec/ports/0/port', value: 81 }]), refused(422))
  assert.throws(() => json(object, [{ op: 'remove', path: '/spec/nothing' }]), refused(422))
  assert.throws(() => json(object, [{ op: 'frob', path: '/spec' }]), refused(400))
  assert.throws(() => json(object, { op: 'remove' }), refused(400))
  assert.deepEqual(object, { spec: { ports: [{ port: 80 }] } })
})

test('no patch reaches a prototype', () => {
  const evil = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}') as unknown
  patched('application/merge-patch+json', { object: {}, patch: evil })
  strategic({ object: {}, patch: evil })
  assert.throws(() =>
    patched('application/json-patch+json', { object: {}, patch: [{ op: 'add', path: '/__proto__/polluted', value: 1 }] }),
  )
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
