import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '../../api/index.ts'
import { type GetOptions, type Image, ImageError } from '../../images/index.ts'
import type { KubeletContext } from '../context.ts'
import { findImage } from './pull.ts'
import { newSlot } from '../pod/state.ts'

const SECOND = 1000
const image: Image = {
  reference: 'docker.io/library/ship:1',
  size: 0,
  id: 'sha256:1',
  layers: [],
  env: {},
  entrypoint: [],
  command: [],
  workingDir: '',
  user: '',
  userName: '',
}
const container: Container = { name: 'main', image: 'ship:1', imagePullPolicy: 'Always' }
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [container] },
}

/** A node whose images are as `get` says, and whose clock is `time.now`. */
function node(get: (options: GetOptions) => Image) {
  const time = { now: 0 }
  const reasons: string[] = []
  const context = {
    images: { get: async (_: string, options: GetOptions) => get(options) },
    recorder: { event: (_: Pod, __: string, reason: string) => reasons.push(reason) },
    clock: { now: () => time.now },
  } as unknown as KubeletContext
  const slot = newSlot('main')
  let told = 0
  const find = (): Promise<Image> => findImage(pod, container, { slot, context, onPull: () => told++ })
  return { time, reasons, find, told: () => told }
}

test('an image that is here is taken, one that is not is pulled and that is told [POD-3]', async () => {
  const here = node(() => image)
  assert.equal(await here.find(), image)
  assert.deepEqual([here.reasons, here.told()], [['Pulled'], 0])
  const away = node(({ policy, onPull }) => {
    assert.equal(policy, 'Always')
    onPull?.()
    return image
  })
  await away.find()
  assert.deepEqual([away.reasons, away.told()], [['Pulling', 'Pulled'], 1])
})

test('a registry is left alone for 10 s, then 20 s, up to 300 s, and what has come meanwhile is taken at once [POD-3]', async () => {
  let present = false
  const { time, find, told } = node(({ onPull }) => {
    if (present) return image
    onPull?.()
    throw new ImageError('ErrImagePull', 'no such host')
  })
  for (const delay of [10, 20, 40, 80, 160, 300, 300]) {
    await assert.rejects(find(), { code: 'ErrImagePull' })
    time.now += delay * SECOND - 1
    await assert.rejects(find(), {
      code: 'ImagePullBackOff',
      message: 'Back-off pulling image "ship:1": ErrImagePull: no such host',
    })
    time.now += 1
  }
  assert.equal(told(), 7)
  await assert.rejects(find(), { code: 'ErrImagePull' })
  present = true
  assert.equal(await find(), image)
})
