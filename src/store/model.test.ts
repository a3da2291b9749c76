import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SortedKeys } from './sorted-keys.ts'

const key = fc.array(fc.constantFrom('/', 'a', 'b', 'é'), { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''))

test('keys come in order, by prefix, after any key, whatever came and went before', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), key), { maxLength: 60 })
  fc.assert(
    fc.property(steps, key, key, (changes, prefix, after) => {
      const keys = new SortedKeys()
      const model = new Set<string>()
      for (const [adds, one] of changes) {
        keys[adds ? 'add' : 'delete'](one)
        model[adds ? 'add' : 'delete'](one)
      }
      const expected = [...model].filter((one) => one.startsWith(prefix) && one > after).sort((a, b) => (a < b ? -1 : 1))
      assert.deepEqual([...keys.range(prefix, after)], expected)
    }),
  )
})

test('ten thousand keys in any order come out in order', () => {
  const keys = new SortedKeys()
  const names = Array.from({ length: 10_000 }, (_, index) => `/${(index * 7919) % 10_000}`)
  for (const name of names) keys.add(name)
  assert.deepEqual([...keys.range('/')], [...names].sort())
  for (const name of names.slice(0, 9_000)) keys.delete(name)
  assert.deepEqual([...keys.range('/')], names.slice(9_000).sort())
})
