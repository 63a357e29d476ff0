"""Action for each DICOM tag: PS3.15 annex E, basic profile, with dates shifted instead of removed.

The profile names what to remove. Here everything that can hold free text or bytes goes unless it is named as harmless,
which removes all that the profile removes and what vendors add tomorrow. The letters are those of Table E.1-1:

    X  remove        Z  empty        U  another UID, the same everywhere        K  keep
    S  shift dates by the patient's own number of days (option "modified dates"); the time of day is dropped
    R  recurse into the items of a sequence
"""

_REMOVED = (
    "PatientAge", "PatientSize", "PatientWeight", "PatientSexNeutered", "SmokingStatus", "PregnancyStatus",
    "LastMenstrualDate", "PatientBirthTime", "EthnicGroup", "PatientSpeciesDescription", "OtherPatientIDsSequence",
    "ReferencedPatientSequence", "ReferencedPatientAliasSequence", "ReferencedPatientPhotoSequence",
    "PatientInsurancePlanCodeSequence", "PatientPrimaryLanguageCodeSequence", "OriginalAttributesSequence",
    "ModifiedAttributesSequence", "IconImageSequence", "RequestAttributesSequence",
    "RequestingPhysicianIdentificationSequence", "ReferringPhysicianIdentificationSequence",
    "PerformingPhysicianIdentificationSequence", "PhysiciansOfRecordIdentificationSequence",
    "AdmittingDiagnosesCodeSequence", "PhysiciansReadingStudyIdentificationSequence",
    "OperatorIdentificationSequence", "InstitutionCodeSequence", "PersonIdentificationCodeSequence",
    "VerifyingObserverSequence", "AuthorObserverSequence", "ParticipantSequence", "ContributingEquipmentSequence",
    "DigitalSignaturesSequence", "MACParametersSequence", "EncryptedAttributesSequence", "ContentSequence",
    "AcquisitionContextSequence", "GraphicAnnotationSequence", "PatientBirthDateInAlternativeCalendar",
    "ReferencedStudySequence", "ReferencedPerformedProcedureStepSequence", "ScheduledProcedureStepSequence",
    "DateOfManufacture", "DateOfInstallation", "DateOfLastCalibration", "PatientBreedDescription",
    "ResponsibleOrganization", "DeidentificationMethodCodeSequence", "IssuerOfAccessionNumberSequence",
    "IssuerOfPatientIDQualifiersSequence",
)  # fmt: skip
_EMPTIED = (  # type 2 attributes must be there and may be empty
    "PatientBirthDate", "PatientSex", "ReferringPhysicianName", "AccessionNumber", "StudyID", "StudyTime",
    "ContentCreatorName",
)  # fmt: skip
_KEPT = (  # texts of fixed vocabularies and of the machine's make, and bytes that are pixels or tables of colours
    "SpecificCharacterSet", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "SequenceName", "CodeValue",
    "LongCodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning", "MappingResource",
    "ReceiveCoilName", "TransmitCoilName", "ConvolutionKernel", "ImagedNucleus", "SegmentAlgorithmName", "Units",
    "LUTExplanation", "SpacingBetweenSlices", "PatientID", "PatientName", "PixelData", "FloatPixelData",
    "DoubleFloatPixelData", "LUTData", "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData", "SegmentLabel", "PixelPaddingValue", "SmallestImagePixelValue",
    "LargestImagePixelValue",
)  # fmt: skip

BY_KEYWORD: dict[str, str] = {
    **dict.fromkeys(_REMOVED, "X"),
    **dict.fromkeys(_EMPTIED, "Z"),
    **dict.fromkeys(_KEPT, "K"),
}
"""Tags that do not follow their kind of value."""

BY_VR: dict[str, str] = {
    **dict.fromkeys(("PN", "LO", "SH", "ST", "LT", "UT", "UC", "UR", "AE", "AS", "TM", "UN"), "X"),
    **dict.fromkeys(("OB", "OW", "OF", "OD", "OL", "OV", "OB or OW"), "X"),
    **dict.fromkeys(("DA", "DT"), "S"),
    "UI": "U",
    "SQ": "R",
}
"""Kind of value -> action; numbers, codes and what else is not named here are kept."""

CHARACTERISTICS = frozenset({"PatientAge", "PatientSex", "PatientSize", "PatientWeight"})
"""Kept by the option "retain patient characteristics"."""

METHODS = {  # context group 7050: code -> meaning
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
}
"""What is written into every file about how it was de-identified."""


def action_of(keyword: str, vr: str, *, private: bool, repeating: bool, characteristics: bool = False) -> str:
    """The letter of a tag.

    Args:
        private: An odd group: nobody but the vendor knows what it holds.
        repeating: A curve or overlay (groups 50xx, 60xx), which may show text.
        characteristics: Keep age, sex, size and weight.

    Example:
        >>> action_of("PatientBirthDate", "DA", private=False, repeating=False)
        'Z'
        >>> action_of("StudyDate", "DA", private=False, repeating=False)
        'S'
        >>> action_of("Rows", "US", private=False, repeating=False)
        'K'
    """
    if private or repeating:
        return "X"
    if characteristics and keyword in CHARACTERISTICS:
        return "K"
    return BY_KEYWORD.get(keyword) or BY_VR.get(vr, "K")
