// What operators are told about people and calls for help.

export const WELFARE_WORDS = {
  asked: (name: string, id: string) => `${name} (${id}) may be calling for help, and was asked "Emergency?".`,
  raised: (name: string, id: string, why: string) =>
    `${name} (${id}) calls for help: ${why}. The call stays open until a person closes it.`,
  confirmed: "answered YES to the question whether it is an emergency",
  silent: 'no answer to "Emergency?" for 3 minutes',
  again: "asked for help again",
  denied: (name: string, id: string, said: string) =>
    `${name} (${id}) answered "${said}" to "Emergency?". The call is not closed by that: a person has to look and close it.`,
  stillOpen: (name: string, id: string, said: string) =>
    `${name} (${id}) now says "${said}", but a call for help from there is open. Only a person closes it.`,
  registered: (name: string, id: string, house: string) =>
    `${name} (${id}) has put itself on the list as household ${house}. Put it right if that is wrong.`,
  wantsHouse: (name: string, id: string, house: string, why: string) =>
    `${name} (${id}) says it is household ${house}; nothing was changed, because ${why}.`,
  otherHouse: (house: string) => `it is on the list as household ${house}`,
  taken: "that household has members already",
  unproven: "anybody could have sent that on the channel",
} as const;
