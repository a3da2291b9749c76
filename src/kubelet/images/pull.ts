import type { Container, Pod } from '../../api/index.ts'
import { type Image, ImageError, type PullPolicy } from '../../images/index.ts'
import { lengthenPull, printMillis } from '../pod/back-off.ts'
import { type KubeletContext, sourcesOf } from '../context.ts'
import { aboutContainer } from '../events.ts'
import type { ContainerSlot } from '../pod/state.ts'

/** A container's image; `onPull` is told when that may take its time. Throws an {@link ImageError}. */
export async function findImage(
  pod: Pod,
  container: Container,
  { slot, context, onPull }: { slot: ContainerSlot; context: KubeletContext; onPull: () => void },
): Promise<Image> {
  const { images, recorder, clock } = context
  const { image: reference = '', imagePullPolicy } = container
  const subject = aboutContainer(pod, container)
  const began = clock.now()
  let pulled = false
  const begin = (): void => {
    const { pull } = slot
    if (pull && clock.now() < pull.until)
      throw new ImageError('ImagePullBackOff', `Back-off pulling image "${reference}": ErrImagePull: ${pull.reason}`)
    pulled = true
    recorder.event(subject, 'Normal', 'Pulling', `Pulling image "${reference}"`)
    onPull()
  }
  const dockerConfigs = (): Promise<readonly string[]> => readPullSecrets(pod, context)
  try {
    const image = await images.get(reference, { ...policyOf(imagePullPolicy), dockerConfigs, onPull: begin })
    slot.pull = undefined
    const took = printMillis(clock.now() - began)
    const fetched = `Successfully pulled image "${reference}" in ${took} (${took} including waiting). Image size: ${image.size} bytes.`
    const present = `Container image "${reference}" already present on machine and can be accessed by the pod`
    recorder.event(subject, 'Normal', 'Pulled', pulled ? fetched : present)
    return image
  } catch (error) {
    if (error instanceof ImageError && error.code === 'ErrImagePull')
      slot.pull = lengthenPull(slot.pull, error.message, clock.now())
    throw error
  }
}

const policyOf = (policy: string | undefined): { policy?: PullPolicy } =>
  policy === 'Always' || policy === 'Never' ? { policy } : {}

/** The Docker configurations in the Pod's `imagePullSecrets`; one that isn't there is told and done without. */
async function readPullSecrets(pod: Pod, context: KubeletContext): Promise<string[]> {
  const sources = sourcesOf(context, pod, { podIPs: [] })
  const configs: string[] = []
  const missing: string[] = []
  for (const { name = '' } of pod.spec?.imagePullSecrets ?? []) {
    const data = (await sources.secret(name))?.data
    const config = data?.['.dockerconfigjson'] ?? data?.['.dockercfg']
    if (config === undefined) missing.push(name)
    else configs.push(Buffer.from(config, 'base64').toString('utf8'))
  }
  if (missing.length > 0) {
    const which = `Unable to retrieve some image pull secrets (${missing.join(', ')})`
    const message = `${which}; attempting to pull the image may not succeed.`
    context.recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', message)
  }
  return configs
}

/** The Events that upstream makes of an image that isn't to be had. */
export function explainImage(pod: Pod, container: Container, error: ImageError, { recorder }: KubeletContext): void {
  const { image } = container
  const subject = aboutContainer(pod, container)
  const { code, message } = error
  if (code === 'ImagePullBackOff') recorder.event(subject, 'Normal', 'BackOff', message)
  if (code === 'ErrImagePull') recorder.event(subject, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`)
  if (code === 'InvalidImageName') recorder.event(subject, 'Warning', 'InspectFailed', message)
  if (code === 'ErrImageNeverPull') recorder.event(subject, 'Warning', 'ErrImageNeverPull', message)
  recorder.event(subject, 'Warning', 'Failed', `Error: ${code}`)
}
