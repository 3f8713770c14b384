// What coordinators are told about roll calls.

export const ROLL_WORDS = {
  nobody: "no household is on the list (people import)",
  noZone: (zone: number) => `there is no zone ${zone}`,
  noHouse: (house: string) => `household ${house} is on no list`,
  noLanguage: (language: string) => `no language "${language}" is known`,
  minutes: "a roll call stays open for 1 minute to 24 hours",
  tooLong: (bytes: number) => `the question is ${bytes} ${bytes === 1 ? "byte" : "bytes"} too long for one packet`,
  notOpen: (reference: string) => `${reference} is no open roll call`,
  noSuch: (reference: string) => `there is no roll call ${reference}`,
  noneYet: "there was no roll call yet",
  noMoment: "that is no moment to come, like 2026-12-24T10:00Z, or for every day 19:00",
  everyDay: " and every day at that time",
  tooLate: "its moment was more than an hour ago",
  noneOpen: "no roll call is open",
  severalOpen: (references: readonly string[]) => `several are open: name one of ${references.join(" ")}`,
  notOpened: "nobody: it could not be opened",
  deadline: "its deadline",
  forecast: (
    { households, withRadio, calls, meshSeconds, atMost, page }: RollForecast,
    cost: string,
    asksPercent: number,
  ) =>
    [
      `${households} ${households === 1 ? "household" : "households"} (${withRadio} with a radio).`,
      calls.length === 0
        ? "No call on the channel."
        : `Calls: ${cost}; with every answer about ${meshSeconds} s of everybody's air.`,
      `Those who do not answer are asked directly: at most ${atMost.packets} packets, ${atMost.airSeconds} s, ${asksPercent} % of the budget.`,
      ...(page === undefined
        ? []
        : [`Then the captains of the silent are paged: at most ${page.packets} packets, ${page.airSeconds} s.`]),
    ].join(" "),
  opened: (reference: string, by: string, forecast: string) => `Roll call ${reference} opened by ${by}. ${forecast}`,
  planned: (reference: string, by: string, when: string) => `Roll call ${reference} planned by ${by} for ${when}.`,
  unplanned: (reference: string, by: string) => `The planned roll call ${reference} was taken back by ${by}.`,
  plannedRefused: (reference: string, why: string) => `The planned roll call ${reference} could not be opened: ${why}.`,
  closed: (reference: string, by: string, result: string) => `Roll call ${reference} closed by ${by}. ${result}`,
  closedMeanwhile: "the roll call was closed",
  answeredMeanwhile: "answered meanwhile",
  allHeard: (reference: string) => `Roll call ${reference}: everybody is accounted for.`,
  noCaptain: (reference: string, zone: string, houses: string) =>
    `Roll call ${reference}: nobody in ${zone} can be asked to look after the silent: ${houses}.`,
  paged: (reference: string, page: string) =>
    `Roll call ${reference}: the silent homes are handed to their captains by page ${page}.`,
  pageWaits: (reference: string, page: string) =>
    `Roll call ${reference}: page ${page} to the captains of the silent waits for a second person's yes; they get their lists meanwhile.`,
  pageRefused: (reference: string, why: string) =>
    `Roll call ${reference}: the captains of the silent get lists and no page: ${why}.`,
  notOk: (reference: string, name: string, house: string) =>
    `${name} (${house}) answered NOT OK to ${reference} and was asked what is wrong.`,
  placeOnly: "sent a place without a word",
  placeSent: (reference: string, name: string, house: string, place: string) =>
    `${name} (${house}) answered ${reference} with a place (${place}) and no word, and was asked what is wrong.`,
  noHousehold: "no household",
} as const;

export interface RollForecast {
  readonly households: number;
  /** Households of which a radio is known. */
  readonly withRadio: number;
  /** The calls on the channel, one packet each. */
  readonly calls: readonly {
    readonly zones: readonly (number | null)[];
    readonly households: number;
    readonly at: string;
  }[];
  readonly packets: number;
  readonly airSeconds: number;
  /** Of what the gateway may use in an hour, 0 to 1 and more. */
  readonly shareOfHour: number;
  /** Seconds of everybody's air, when all answer. */
  readonly meshSeconds: number;
  /** When those who will answer the calls have answered. */
  readonly answersBy: string;
  /** Direct questions, if nobody answers. */
  readonly atMost: { readonly packets: number; readonly airSeconds: number };
  /** The page to the captains of the silent, if nobody answers that. */
  readonly page?: { readonly packets: number; readonly airSeconds: number };
  readonly deadline: string;
}
