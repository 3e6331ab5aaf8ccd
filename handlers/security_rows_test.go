package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// securityRows is which test shows which row of the table of what happened to
// others, and which goal: of what exists by now. A row that is not here
// concerns what is not built (webhooks, an API, mail that leads to an account).
var securityRows = []struct {
	row   string
	tests []string
}{
	{"EspoCRM CVE-2026-41160: a refused write leaves no trace", []string{"TestARefusedWriteLeavesNoTrace", "TestRolesAreReadByManagersAndChangedByTheCompanysAdministrators"}},
	{"DayByDay CVE-2022-22107, 22108, 22111: all ids of branch A refused to B", []string{"TestOthersRecordsAreRefused", "TestEveryPrivateRouteIsClosedToStrangers", "TestAHandoverIsClosedToOthers", "TestScopesAndSQLAgree"}},
	{"Krayin #2616: nobody grants more than they have; extra fields are ignored", []string{"TestFieldsThatNoFormHasAreIgnored", "TestAMaskedFileIsEditedWithoutWhatIsHidden", "TestNobodyGrantsWhatTheyDoNotHold", "TestNobodyEditsUpward", "TestARoleIsGrantedOnlyAsFarAsOneHolds", "TestSeveralRolesAtSeveralBranches"}},
	{"Odoo CVE-2019-11782, CVE-2018-15645: contacts and accounts have separate rights", []string{"TestWhoMayOpenWhat", "TestFieldsThatNoFormHasAreIgnored", "TestARefusedWriteLeavesNoTrace"}},
	{"Gitea CVE-2026-20897, 20912, 20750, 20904, 20888: a nested id is loaded through its parent", []string{"TestNestedIdsBelongToTheirParents", "TestAContactOfAnotherCustomerIsRefused", "TestAPhotoAttack", "TestOnesOwnSessions"}},
	{"Gitea CVE-2026-20736, CVE-2025-68939: photos have the right of their record", []string{"TestAPhotoAttack"}},
	{"Gitea CVE-2026-20883, 58419, 0798, 20800: rights are asked when a task runs", []string{"TestATaskRunsWithTheRightsOfNow", "TestUnusualLookingIsToldOncePersonAndDay"}},
	{"Gitea CVE-2025-68941 and others: one place decides", []string{"TestWhoMayOpenWhat", "TestEveryPageOfEveryRoleIsWhole"}},
	{"Gitea CVE-2025-68943: sorting by a hidden column", []string{"TestSortingByWhatIsHiddenTellsNothing"}},
	{"Gitea CVE-2025-69413: unknown names answer alike", []string{"TestUnknownNamesTakeAsLong", "TestGuessingIsSlowed", "TestTheDecoyCostsWhatAPasswordCosts"}},
	{"Gitea CVE-2026-20779: a code is used once", []string{"TestACodeIsGoodOnce", "TestSigningInWithAPhone", "TestSixDigitsCannotBeGuessed"}},
	{"Gitea CVE-2026-20896: no sign-in by a header, no trusted address", []string{"TestNoHeaderSignsAnybodyIn"}},
	{"Gitea CVE-2026-58422: disabled stays disabled", []string{"TestFiftyOldSessionsEndWithTheirPerson", "TestASessionEndsWhenItShould"}},
	{"Miniflux CVE-2025-31483, CVE-2025-67713; Gitea CVE-2026-25779: no open redirect, no active upload", []string{"TestSignInLeadsNowhereElse", "FuzzNextURL", "TestAPhotoAttack"}},
	{"gorilla/csrf CVE-2025-24358, CVE-2025-47909; nosurf: eight forgeries of every action", []string{"TestForeignWritesAreRefused", "TestEveryActionRefusesEightForgeries"}},
	{"VTENEXT 25.02: state never changes by GET", []string{"TestReadingChangesNothing"}},
	{"Excelize CVE-2026-54063: a sheet cannot fill the memory", []string{"TestHostileFilesAreRefusedBeforeTheyCost", "TestBombsAreRefusedInBoundedMemory"}},
	{"EspoCRM #2052, SuiteCRM CVE-2021-25960, ChurchCRM #5465: no formula in an export", []string{"TestMarkupIsTextEverywhere", "TestNoCellOfACSVFileRunsAsAFormula"}},
	{"EspoCRM #1358 and others, X2CRM #183, CordysCRM #2229: markup is text", []string{"TestMarkupIsTextEverywhere", "TestReasonsAndAnswersAreText"}},
	{"Frappe CRM #2223: nobody's script runs in another's browser", []string{"TestMarkupIsTextEverywhere", "TestEveryAnswerCarriesTheHeaders"}},
	{"Dolibarr #38768, #7963, SuiteCRM #4316: no SQL from a parameter", []string{"TestHostileParametersBreakNothing", "TestHostileParametersOfTheNewPagesBreakNothing", "TestHostileFormsBreakNothing", "TestHouseRules"}},
	{"SuiteCRM CVE-2021-25961: a link of 128 bits, once, whatever the Host header", []string{"TestAPersonIsInvitedAndChoosesAPassword", "TestALinkIsUsedOnceByWhomItIsFor", "TestAnInvitationIsGoodOnceEvenForManyAtOnce"}},
	{"SuiteCRM file.pHaR: the content decides", []string{"TestAPhotoAttack", "TestTheContentDecidesAndNotTheName"}},
	{"XXE in imports: no entity is followed", []string{"TestHostileFilesAreRefusedBeforeTheyCost"}},
	{"session fixation", []string{"TestTheSessionIsRenewedAtSignIn"}},
	{"goal 1: every page", []string{"TestEveryPageOfEveryRoleIsWhole"}},
	{"goal 2: isolation", []string{"TestOthersRecordsAreRefused", "TestWhoSeesMaskedValuesNeverReceivesOneInFull", "TestARefusedWriteLeavesNoTrace"}},
	{"goal 3: forgeries", []string{"TestEveryActionRefusesEightForgeries"}},
	{"goal 4: markup", []string{"TestMarkupIsTextEverywhere"}},
	{"goal 5: parameters", []string{"TestHostileParametersBreakNothing", "TestHostileParametersOfTheNewPagesBreakNothing"}},
	{"goal 6: sign-in", []string{"TestGuessingIsSlowed", "TestManyGuessesAtOnceAreNotFree", "TestALockedNameNeverBlocksOthersAtTheSameAddress", "TestUnknownNamesTakeAsLong"}},
	{"goal 7: headers", []string{"TestEveryAnswerCarriesTheHeaders", "TestEveryPageOfEveryRoleIsWhole"}},
	{"goal 8: uploads", []string{"TestHostileFilesAreRefusedBeforeTheyCost", "TestAPhotoAttack", "TestNothingOfTheFileSurvives"}},
	{"goal 22: masking, reveals and exports on record", []string{"TestWhoSeesMaskedValuesNeverReceivesOneInFull", "TestAFieldIsRevealedToThoseWhoMayAndOnRecord", "TestAnExportIsWhatIsListedAndIsOnRecord", "TestFiftyAtOnceDoNotPassTheCapTogether"}},
	{"goal 24: the audit altered in twenty ways, old records cut", []string{"TestTwentyAlterationsOfTheAuditAreTwentyFound", "TestOldRecordsAreCutAndWhatIsLeftIsWhole"}},
	{"goal 25: the next request obeys", []string{"TestFiftyOldSessionsObeyAChangedRole", "TestFiftyOldSessionsEndWithTheirPerson", "TestFiftyOldSessionsDie", "TestAFormReadBeforeRightsChangedIsRefused", "TestNoWriteOutlivesItsRights"}},
	{"goal 26: parsers under fuzzing, the engine's version", []string{"FuzzSheetXML", "FuzzParseDay", "FuzzQuery", "FuzzNextURL", "TestTheEngineIsNewEnough"}},
	{"issue B: sideways through an undo, a picker of people, a masked form", []string{"TestAnothersActIsNotUndone", "TestAPersonIsLookedForWithinReach", "TestAMaskedContactIsEditedWithoutWhatIsHidden"}},
	{"issue B: replayed forms", []string{"TestAFormSentTwentyTimesAtOnceIsDoneOnce", "TestOneFormSentTwiceAtOnceMakesOneVisit"}},
	{"issue B: two administrators on one role or person", []string{"TestTwoAdministratorsOnOneRole", "TestARoleIsEditedAndObeyedOnTheNextClick", "TestSeveralRolesAtSeveralBranches"}},
}

// TestEveryRowOfTheSecurityTableIsShown fails when a test that shows a row is
// gone or renamed.
func TestEveryRowOfTheSecurityTableIsShown(t *testing.T) {
	var known []string
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				known = append(known, fn.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range securityRows {
		if len(r.tests) == 0 {
			t.Errorf("%s: shown by nothing", r.row)
		}
		for _, name := range r.tests {
			if !slices.Contains(known, name) {
				t.Errorf("%s: there is no %s", r.row, name)
			}
		}
	}
}
