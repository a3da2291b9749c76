import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseFieldSelector } from './field-selectors.ts'
import { isSelectorError, labelSelectorPredicate, matchesLabels, parseLabelSelector } from './label-selectors.ts'
import type { KubeObject } from './object.ts'

/** Query, labels that it takes, labels that it doesn't. */
const QUERIES: readonly (readonly [string, object[], object[]])[] = [
  ['', [{}, { a: 'b' }], []],
  ['app=web', [{ app: 'web' }], [{}, { app: 'api' }]],
  ['app==web', [{ app: 'web' }], [{}]],
  ['app!=web', [{}, { app: 'api' }], [{ app: 'web' }]],
  ['app', [{ app: '' }], [{}]],
  ['!app', [{}], [{ app: '' }]],
  ['app=', [{ app: '' }], [{ app: 'x' }, {}]],
  ['app in (a, b)', [{ app: 'a' }, { app: 'b' }], [{ app: 'c' }, {}]],
  ['app notin (a,b)', [{ app: 'c' }, {}], [{ app: 'a' }]],
  ['app in (a,)', [{ app: 'a' }, { app: '' }], [{ app: 'b' }]],
  ['n>3', [{ n: '4' }], [{ n: '3' }, { n: 'x' }, {}]],
  ['n<3', [{ n: '2' }], [{ n: '3' }, {}]],
  ['a=1, b in (2,3) ,!c', [{ a: '1', b: '2' }], [{ a: '1', b: '2', c: '' }, { a: '1' }]],
  ['example.com/tier=front', [{ 'example.com/tier': 'front' }], [{}]],
]

describe('label selectors of requests', () => {
  for (const [query, right, wrong] of QUERIES) {
    test(query || 'nothing', () => {
      const selects = parseLabelSelector(query)
      for (const labels of right) assert.ok(selects(labels as Record<string, string>), JSON.stringify(labels))
      for (const labels of wrong) assert.ok(!selects(labels as Record<string, string>), JSON.stringify(labels))
    })
  }

  for (const query of ['a b', 'a in b', 'a in (b', '!', ',', 'a,,b', 'a=b,', '=b', 'a=b=c', '(a)', 'a>b', '-a=b', 'a=b$']) {
    test(`${query} is refused`, () => assert.throws(() => parseLabelSelector(query), isSelectorError))
  }
})

test('a selector object takes what all its requirements take; none takes nothing, an empty one everything', () => {
  const selects = labelSelectorPredicate({
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'NotIn', values: ['back'] },
      { key: 'old', operator: 'DoesNotExist' },
    ],
  })
  assert.ok(selects({ app: 'web', tier: 'front' }))
  assert.ok(!selects({ app: 'web', tier: 'back' }))
  assert.ok(!selects({ app: 'web', old: '' }))
  assert.ok(labelSelectorPredicate({})({}))
  assert.ok(!labelSelectorPredicate(undefined)({}))
  assert.throws(() => labelSelectorPredicate({ matchExpressions: [{ key: 'a', operator: 'Near' }] }), isSelectorError)
})

test("a Service's selector takes Pods with all of its labels, an empty one takes none [SVC-5]", () => {
  assert.ok(matchesLabels({ app: 'kubia' }, { app: 'kubia', env: 'prod' }))
  assert.ok(!matchesLabels({ app: 'kubia', env: 'test' }, { app: 'kubia' }))
  assert.ok(!matchesLabels({}, { app: 'kubia' }))
  assert.ok(!matchesLabels(undefined, undefined))
})

describe('field selectors', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'x' } } as KubeObject
  const fields = () => ({ 'spec.nodeName': 'node1', 'status.phase': 'Running' })

  test('compare with = , == and !=', () => {
    assert.ok(parseFieldSelector('metadata.name=a,spec.nodeName==node1,status.phase!=Failed', fields)(pod))
    assert.ok(!parseFieldSelector('spec.nodeName=node2', fields)(pod))
    assert.ok(!parseFieldSelector('metadata.namespace!=x', fields)(pod))
    assert.ok(parseFieldSelector('', fields)(pod))
  })

  test('ask only for fields that the kind gives', () => {
    assert.throws(() => parseFieldSelector('spec.image=a', fields), { message: 'field label not supported: spec.image' })
    assert.throws(() => parseFieldSelector('spec.image=a'), {
      message: '"spec.image" is not a known field selector: only "metadata.name", "metadata.namespace"',
    })
    assert.throws(() => parseFieldSelector('spec.nodeName', fields), isSelectorError)
  })
})
