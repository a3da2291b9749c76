import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../api/index.ts'
import { paceOf, Turns, zoneOf } from './zones.ts'

/** `a++-`: two ready nodes and one that isn't, in zone a. */
const nodes = (text: string): Node[] =>
  text.split(' ').flatMap(([zone = '', ...states]) =>
    states.map((state) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { labels: { 'topology.kubernetes.io/zone': zone } },
      status: { conditions: [{ type: 'Ready', status: state === '+' ? 'True' : 'Unknown' }] },
    })),
  )
const said = (text: string): [boolean, number] => {
  const { isBlind, gapIn } = paceOf(nodes(text))
  return [isBlind, gapIn(zoneOf(nodes('a+')[0]!))]
}

const TABLE: readonly [title: string, nodes: string, isBlind: boolean, gap: number][] = [
  ['one after the other', 'a++-', false, 10_000],
  ['two of three may be gone', 'a+--', false, 10_000],
  ['but where most of a zone is gone, none', 'a++-----', false, Infinity],
  ['unless it is large: then slowly', `a${'+'.repeat(20)}${'-'.repeat(40)}`, false, 100_000],
  ['a zone that is gone altogether is emptied while there are others', 'a---- b+', false, 10_000],
  ['nothing happens when all are gone', 'a- b--', true, 10_000],
]
for (const [title, text, isBlind, gap] of TABLE)
  test(`nodes are emptied: ${title} [POD-6]`, () => assert.deepEqual(said(text), [isBlind, gap]))

test('zones take turns of their own [POD-6]', () => {
  const turns = new Turns()
  const taken = [turns.take('a', 10, 0), turns.take('a', 10, 9), turns.take('b', 10, 9), turns.take('a', 10, 10)]
  assert.deepEqual(taken, [true, false, true, true])
  assert.equal(turns.take('c', Infinity, 0), false)
})
