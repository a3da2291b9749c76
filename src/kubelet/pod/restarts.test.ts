import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '../../api/index.ts'
import { restartsAfter } from './restarts.ts'

const main = (own: Partial<Container> = {}): Container => ({ name: 'main', image: 'host', ...own })
const podOf = (restartPolicy: string, container: Container, init = false): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kubia' },
  spec: { restartPolicy, containers: [init ? main() : container], initContainers: init ? [{ ...container, name: 'init' }] : [] },
})
const rule = (operator: string, values: number[]) => ({
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator, values } }],
})

const CASES: readonly [what: string, policy: string, own: Partial<Container>, exits: Readonly<Record<number, boolean>>][] = [
  ['the Pod’s policy Always', 'Always', {}, { 0: true, 1: true }],
  ['the Pod’s policy OnFailure', 'OnFailure', {}, { 0: false, 1: true }],
  ['the Pod’s policy Never', 'Never', {}, { 0: false, 1: false }],
  ['its own policy goes before the Pod’s', 'Never', { restartPolicy: 'OnFailure' }, { 0: false, 1: true }],
  ['its own policy may be stricter', 'Always', { restartPolicy: 'Never' }, { 0: false, 1: false }],
  ['a rule goes before both', 'Never', { restartPolicy: 'Never', ...rule('In', [42]) }, { 0: false, 1: false, 42: true }],
  ['a rule may be turned round', 'Never', { restartPolicy: 'Never', ...rule('NotIn', [0, 1]) }, { 0: false, 1: false, 42: true }],
]

for (const [what, policy, own, exits] of CASES)
  test(`whether a container is started again: ${what} [POD-4]`, () => {
    for (const [code, again] of Object.entries(exits))
      assert.equal(restartsAfter(podOf(policy, main(own)), main(own), Number(code)), again, `exit code ${code}`)
  })

test('whether a container is started again: an init container that succeeded is not [POD-4]', () => {
  const init = main({ name: 'init' })
  assert.equal(restartsAfter(podOf('Always', init, true), init, 0), false)
  assert.equal(restartsAfter(podOf('Always', init, true), init, 1), true)
  assert.equal(restartsAfter(podOf('Never', init, true), init, 1), false)
  const sidecar = main({ name: 'init', restartPolicy: 'Always' })
  assert.equal(restartsAfter(podOf('Never', sidecar, true), sidecar, 0), true)
})
