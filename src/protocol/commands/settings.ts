// Settings: what a phone says of itself, and what it asks about its user.
import type { Account } from '../../model/account.ts'
import { RightsManagement, Settings } from '../../wbxml/pages.ts'
import { container, flag, integer, many, optional, text, until, type Encodable, type Infer } from '../../wbxml/schema.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { DeviceInformationRequest, DeviceInformationResponse, rememberInformation } from '../device-information.ts'
import { Failure } from '../error.ts'
import { OofRequest, OofResponse, outOfOffice } from './settings/oof.ts'

/** MS-ASCMD 2.2.1.18: each property at most once, in any order. */
const SettingsRequest = container(Settings.Settings, [
  optional(container(Settings.RightsManagementInformation, [flag(Settings.Get)])),
  optional(OofRequest),
  optional(container(Settings.DevicePassword, [optional(container(Settings.Set, [optional(text(Settings.Password))]))])),
  optional(DeviceInformationRequest),
  optional(container(Settings.UserInformation, [flag(Settings.Get)])),
])
type SettingsRequest = Infer<typeof SettingsRequest>
type Request<Property extends keyof SettingsRequest> = NonNullable<SettingsRequest[Property]>

const EmailAddresses = container(Settings.EmailAddresses, [many(text(Settings.SMTPAddress)), optional(text(Settings.PrimarySmtpAddress))])

const SettingsResponse = container(Settings.Settings, [
  integer(Settings.Status),
  optional(OofResponse),
  optional(DeviceInformationResponse),
  optional(container(Settings.DevicePassword, [integer(Settings.Status)])),
  optional(
    container(Settings.UserInformation, [
      integer(Settings.Status),
      optional(
        container(Settings.Get, [
          until('14.0', optional(EmailAddresses)),
          optional(
            container(Settings.Accounts, [many(container(Settings.Account, [optional(text(Settings.UserDisplayName)), EmailAddresses]))]),
          ),
        ]),
      ),
    ]),
  ),
  optional(
    container(Settings.RightsManagementInformation, [
      integer(Settings.Status),
      container(Settings.Get, [container(RightsManagement.RightsManagementTemplates, [])]),
    ]),
  ),
])
type SettingsResponse = Encodable<typeof SettingsResponse>
type Response<Property extends keyof SettingsResponse> = NonNullable<SettingsResponse[Property]>

/** MS-ASCMD 2.2.3.177.15, of a property; 168 is MS-ASRM 3.2.4.1. */
const status = { success: 1, protocolError: 2, invalidArguments: 5, deniedByPolicy: 7, rightsManagementDisabled: 168 } as const

/** MS-ASCMD 2.2.3.132.3. */
const recoveryPasswordMax = 255
/** MS-ASCMD 2.2.3.191. */
const displayNameMax = 512

export const settings = command({
  name: 'Settings',
  request: SettingsRequest,
  response: SettingsResponse,
  // MS-ASCMD 2.2.3.177.15.
  statuses: { ProtocolError: 2, CommandServerError: 4 },
  failed: (number) => ({ Status: number }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no body')
    const { Oof, DeviceInformation, DevicePassword, UserInformation, RightsManagementInformation } = request
    // A property without Get or Set asks for nothing that can be answered: Status 2, and the other properties are served.
    return reply({
      Status: status.success,
      ...(Oof === undefined ? {} : { Oof: await outOfOffice(Oof, call) }),
      ...(DeviceInformation === undefined ? {} : { DeviceInformation: await deviceInformation(DeviceInformation, call) }),
      ...(DevicePassword === undefined ? {} : { DevicePassword: await recoveryPassword(DevicePassword, call) }),
      ...(UserInformation === undefined ? {} : { UserInformation: userInformation(UserInformation, call.account) }),
      ...(RightsManagementInformation === undefined ? {} : { RightsManagementInformation: rightsManagement(RightsManagementInformation) }),
    })
  },
})

async function deviceInformation({ Set }: Request<'DeviceInformation'>, call: Call): Promise<Response<'DeviceInformation'>> {
  if (Set === undefined) return { Status: status.protocolError }
  await rememberInformation(Set, call)
  return { Status: status.success }
}

/** Kept only where the policy asks for it; cleared always (MS-ASPROV 2.2.2.39, MS-ASCMD 2.2.3.132.3). */
async function recoveryPassword({ Set }: Request<'DevicePassword'>, { account, device, house }: Call): Promise<Response<'DevicePassword'>> {
  if (Set?.Password === undefined) return { Status: status.protocolError }
  if (Set.Password.length > recoveryPasswordMax) return { Status: status.invalidArguments }
  const { provisions, rules } = house.policy.policyFor(account)
  const isWanted = provisions && rules.devicePasswordEnabled === true && rules.passwordRecoveryEnabled === true
  if (!isWanted && Set.Password !== '') return { Status: status.deniedByPolicy }
  await house.devicePasswords.keep(account.id, device.id, Set.Password)
  return { Status: status.success }
}

/** Whole addresses: without a domain iOS switches sending off. There is one account, so it needs no AccountId. */
function userInformation({ Get }: Request<'UserInformation'>, account: Account): Response<'UserInformation'> {
  if (!Get) return { Status: status.protocolError }
  const EmailAddresses = { SMTPAddress: account.addresses, PrimarySmtpAddress: account.address }
  const name = account.displayName.slice(0, displayNameMax)
  return {
    Status: status.success,
    // The version decides which of the two is written.
    Get: { EmailAddresses, Accounts: { Account: [{ ...(name === '' ? {} : { UserDisplayName: name }), EmailAddresses }] } },
  }
}

function rightsManagement({ Get }: Request<'RightsManagementInformation'>): Response<'RightsManagementInformation'> {
  return { Status: Get ? status.rightsManagementDisabled : status.protocolError, Get: { RightsManagementTemplates: {} } }
}
