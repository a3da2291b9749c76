import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChainsInUse } from './chains.ts'
import { type Change, Ledger } from './ledger.ts'
import { endpointsMap, SERVICE_IPS } from './names.ts'
import type { Element } from '../plan.ts'
import { updateScript } from './script.ts'

const state = (ledger: Ledger): string[] => [...ledger.all()].map(({ object, key, after }) => `${object} ${key} ${after}`).sort()

const element = fc.record({
  object: fc.constantFrom(SERVICE_IPS, endpointsMap('udp')),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.constantFrom('goto pick-tcp-1', 'goto pick-tcp-2', 'goto external-pick-tcp-1'),
})
/** A Service's plan never names the same element twice. */
const plan = fc.uniqueArray(element, { selector: ({ object, key }) => `${object} ${key}`, maxLength: 4 })
const step = fc.record({ owner: fc.constantFrom('x', 'y', 'z'), elements: plan })

test('the elements are a function of the Services, whatever the order of events [NET-11]', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ledger = new Ledger()
      const latest = new Map<string, readonly Element[]>()
      for (const { owner, elements } of steps) {
        ledger.set(owner, elements)
        latest.set(owner, elements)
      }
      const fresh = new Ledger()
      for (const [owner, elements] of [...latest].reverse()) fresh.set(owner, elements)
      assert.deepEqual(state(ledger), state(fresh))
    }),
  )
})

test('what is taken as changes adds up to the whole [NET-11]', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean())), (steps) => {
      const ledger = new Ledger()
      const kernel = new Map<string, string>()
      const chains = new Set<string>()
      const picks = new ChainsInUse()
      const take = (): void => {
        const changes: readonly Change[] = ledger.takeChanges()
        for (const { object, key, before, after } of changes) {
          assert.equal(kernel.get(`${object} ${key}`), before)
          if (after === undefined) kernel.delete(`${object} ${key}`)
          else kernel.set(`${object} ${key}`, after)
        }
        const { added, removed } = picks.update(changes)
        for (const chain of added) chains.add(chain)
        for (const chain of removed) chains.delete(chain)
      }
      for (const [{ owner, elements }, sync] of steps) {
        ledger.set(owner, elements)
        if (sync) take()
      }
      take()
      assert.deepEqual([...kernel].map(([key, value]) => `${key} ${value}`).sort(), state(ledger))
      assert.deepEqual(
        [...chains].sort(),
        [...new Set([...kernel.values()].map((verdict) => verdict.slice('goto '.length)))].sort(),
      )
    }),
  )
})

test('a change of one Service among many is a script of its own size', () => {
  const ledger = new Ledger()
  for (let i = 0; i < 1_000; i++)
    ledger.set(`default/s${i}`, [{ object: SERVICE_IPS, key: `10.96.1.${i} . tcp . 80`, value: 'goto pick-tcp-1' }])
  const picks = new ChainsInUse()
  picks.update(ledger.takeChanges())
  ledger.set('default/s7', [{ object: SERVICE_IPS, key: '10.96.1.7 . tcp . 80', value: 'goto pick-tcp-2' }])
  const changes = ledger.takeChanges()
  assert.equal(
    updateScript({ changes, chains: picks.update(changes) }, { family: 'ip', podCIDR: undefined, serviceCIDRs: [] }),
    [
      'table ip portolan-proxy {',
      '  chain pick-tcp-2 { dnat ip to ip daddr . tcp dport . numgen random mod 2 map @tcp-endpoints; }',
      '}',
      'delete element ip portolan-proxy service-ips { 10.96.1.7 . tcp . 80 }',
      'add element ip portolan-proxy service-ips { 10.96.1.7 . tcp . 80 : goto pick-tcp-2 }',
      '',
    ].join('\n'),
  )
})
